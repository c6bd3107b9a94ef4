import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { networkEffectsSchema } from '../../scoring-insight/index.js';
import { INSIGHT_READER, type InsightReader } from '../application/ports.js';
import { Allow, ApiKeyGuard } from './api-key.guard.js';
import { networkEffectsExample } from './network-effects-example.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { noQuery } from './schemas.js';

const answer = networkEffectsSchema.meta({ examples: [networkEffectsExample] });

/** Whether partnerships make matching better, over all tenants. */
@ApiTags('insights')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/insights/network-effects')
export class NetworkEffectsController {
  constructor(@Inject(INSIGHT_READER) private readonly insights: InsightReader) {}

  @ApiOperation({
    summary:
      'Does each partnership improve matching? Learning, density, cohorts, concentration: associations',
  })
  @ApiResponse({ status: 200, description: 'The report of the latest day', standardSchema: answer })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get()
  async networkEffects(@Query({ schema: noQuery }) _query: object): Promise<unknown> {
    const report = await this.insights.latestNetworkEffects();
    if (report === null) throw new Problem(404, 'insight_not_computed', 'No run has computed this yet.');
    return report;
  }
}
