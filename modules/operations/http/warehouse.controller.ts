import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { lineage, WarehouseStatus } from '../../warehouse/index.js';
import { Allow, ApiKeyGuard } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { noQuery } from './schemas.js';
import { type TestQuery, testQuery, warehouseAnswers as answers } from './warehouse-schemas.js';

/** How the warehouse stands. It holds the data of all tenants: a key limited to one sees none of it. */
@ApiTags('warehouse')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/warehouse')
export class WarehouseController {
  constructor(@Inject(WarehouseStatus) private readonly status: WarehouseStatus) {}

  @ApiOperation({ summary: 'The models in build order: what they read, and what is published of them' })
  @ApiResponse({ status: 200, description: 'The models', standardSchema: answers.models })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get('models')
  async models(@Query({ schema: noQuery }) _query: object): Promise<z.output<typeof answers.models>> {
    return answers.models.parse({ models: await this.status.models() });
  }

  @ApiOperation({ summary: 'What each model reads, raw tables included' })
  @ApiResponse({ status: 200, description: 'The edges', standardSchema: answers.lineage })
  @ApiProblems(400, 401, 403)
  @Allow('viewer', 'platform')
  @Get('lineage')
  lineage(@Query({ schema: noQuery }) _query: object): z.output<typeof answers.lineage> {
    const { models, asMermaid } = lineage();
    const edges = models.flatMap(({ name, reads }) => reads.map((from) => ({ from, to: name })));
    return answers.lineage.parse({ edges, mermaid: asMermaid });
  }

  @ApiOperation({ summary: 'What each data test found when it last ran, errors first' })
  @ApiResponse({ status: 200, description: 'The latest results', standardSchema: answers.tests })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get('tests')
  async tests(@Query({ schema: testQuery }) query: TestQuery): Promise<z.output<typeof answers.tests>> {
    return answers.tests.parse({ tests: await this.status.tests(query) });
  }

  @ApiOperation({ summary: 'How old the data of each source and model is, against its objective' })
  @ApiResponse({ status: 200, description: 'The ages', standardSchema: answers.freshness })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get('freshness')
  async freshness(@Query({ schema: noQuery }) _query: object): Promise<z.output<typeof answers.freshness>> {
    return answers.freshness.parse({ freshness: await this.status.freshness(new Date().toISOString()) });
  }
}
