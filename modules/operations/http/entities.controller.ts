import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type BenchmarkDetails, InsightReader } from '../../scoring-insight/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { type Badge, type Benchmark, EntityInsights } from '../infrastructure/entity-insights.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { nullWithoutClickHouse, Problem } from './problem.js';
import { answers, idParam, noQuery } from './schemas.js';

/** What an entity's owner may know about it. A caller sees the entities of its tenant. */
@ApiTags('entities')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/entities')
export class EntitiesController {
  constructor(
    @Inject(EntityInsights) private readonly insights: EntityInsights,
    @Inject(InsightReader) private readonly reader: InsightReader,
  ) {}

  @ApiOperation({ summary: 'How an entity stands among its peers' })
  @ApiResponse({ status: 200, description: 'One figure per metric', standardSchema: answers.benchmarks })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'tenant')
  @Get(':id/benchmarks')
  async benchmarks(
    @Query({ schema: noQuery }) _query: object,
    @Param('id', { schema: idParam }) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ entityId: string; benchmarks: BenchmarkAnswer[] }> {
    // Row-level security decides first who may ask; what else is known of the entity is read after.
    const benchmarks = known(await this.insights.benchmarks(id, caller.tenant), id);
    // What ClickHouse adds is left out while it does not answer: the figures of the contract are in Postgres.
    const found = (await nullWithoutClickHouse(this.reader.entityBenchmarks(id))) ?? [];
    const details = new Map(found.map((each) => [String(each.metric), each]));
    return {
      entityId: id,
      benchmarks: benchmarks.map((row) => ({ ...row, ...beside(details.get(row.metric)) })),
    };
  }

  @ApiOperation({ summary: 'Badges an entity holds now' })
  @ApiResponse({ status: 200, description: 'The badges', standardSchema: answers.badges })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'tenant')
  @Get(':id/badges')
  async badges(
    @Query({ schema: noQuery }) _query: object,
    @Param('id', { schema: idParam }) id: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ entityId: string; badges: Badge[] }> {
    const badges = await this.insights.badges(id, caller.tenant);
    return { entityId: id, badges: known(badges, id) };
  }
}

type BesideBenchmark = Pick<BenchmarkDetails, 'ciReason' | 'topPercent' | 'floorPercentile'> & {
  trend: BenchmarkDetails['trend'] | null;
};
type BenchmarkAnswer = Benchmark & BesideBenchmark;

function beside(details: BenchmarkDetails | undefined): BesideBenchmark {
  return {
    ciReason: details?.ciReason ?? null,
    topPercent: details?.topPercent ?? null,
    floorPercentile: details?.floorPercentile ?? null,
    trend: details?.trend ?? null,
  };
}

function known<T>(rows: T[] | null, id: string): T[] {
  if (rows === null) throw new Problem(404, 'entity_unknown', `There is no entity ${id} with insights.`);
  return rows;
}
