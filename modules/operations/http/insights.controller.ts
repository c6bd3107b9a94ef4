import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { INSIGHT_READER, type InsightReader } from '../application/ports.js';
import { Allow, ApiKeyGuard } from './api-key.guard.js';
import { insightAnswers as answers } from './insight-schemas.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { noQuery } from './schemas.js';

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
    return computed(await this.insights.latestPredictiveness(), 'No run has computed this yet.');
  }

  @ApiOperation({ summary: 'How long deals stay in each stage, and the thresholds in force' })
  @ApiResponse({ status: 200, description: 'Those of the latest day', standardSchema: answers.stageTime })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get('stage-time')
  async stageTime(@Query({ schema: noQuery }) _query: object): Promise<unknown> {
    return computed(await this.insights.latestStageTimes(), 'No run has computed this yet.');
  }

  @ApiOperation({
    summary: 'How well stall alerts would have done: precision, lead time, alerts per owner and week',
  })
  @ApiResponse({ status: 200, description: 'The latest replay', standardSchema: answers.stallBacktest })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get('backtests/stalls')
  async stallBacktest(@Query({ schema: noQuery }) _query: object): Promise<unknown> {
    return computed(
      await this.insights.latestBacktest(),
      'Nobody has replayed history yet: cli insight backtest.',
    );
  }
}

function computed(answer: unknown, otherwise: string): unknown {
  if (answer === null) throw new Problem(404, 'insight_not_computed', otherwise);
  return answer;
}
