import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { INSIGHT_READER, type InsightReader } from '../application/ports.js';
import { Allow, ApiKeyGuard } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { answers, noQuery } from './schemas.js';

/** What the service learned over all tenants. */
@ApiTags('insights')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/insights')
export class InsightsController {
  constructor(@Inject(INSIGHT_READER) private readonly insights: InsightReader) {}

  @ApiOperation({ summary: 'Which component of the affinity score predicts success' })
  @ApiResponse({ status: 200, description: 'The latest answer', standardSchema: answers.predictiveness })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get('predictiveness')
  async predictiveness(@Query({ schema: noQuery }) _query: object): Promise<unknown> {
    const answer = await this.insights.latestPredictiveness();
    if (answer === null || answer === undefined) {
      throw new Problem(404, 'insight_not_computed', 'No run has computed this yet.');
    }
    return answer;
  }
}
