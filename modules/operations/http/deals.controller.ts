import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type DealDetails, InsightReader, missingFigures } from '../../scoring-insight/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { DealHealthPages, type SyncedDeal } from '../infrastructure/deal-health.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import {
  type DealAnswer,
  dealQuery,
  type DealQuery,
  type DealsAnswer,
  insightAnswers,
} from './insight-schemas.js';
import { ApiProblems } from './openapi.js';
import { nullWithoutClickHouse } from './problem.js';

/** Open deals beside their peers. A caller sees the deals of its tenant. */
@ApiTags('insights')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/insights/deals')
export class DealsController {
  constructor(
    @Inject(DealHealthPages) private readonly pages: DealHealthPages,
    @Inject(InsightReader) private readonly reader: InsightReader,
  ) {}

  @ApiOperation({
    summary: 'Open deals, the worst first: place among peers, chance to advance, expected loss',
  })
  @ApiResponse({ status: 200, description: 'A page of them', standardSchema: insightAnswers.deals })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'tenant')
  @Get()
  async list(
    @Query({ schema: dealQuery }) query: DealQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<DealsAnswer> {
    // Row-level security decides first which deals the caller sees; what else is known of them is read after.
    const { deals, next } = await this.pages.page(query, caller.tenant);
    const details = await this.details(deals);
    return { deals: deals.map((deal) => answerOf(deal, details)), next };
  }

  /** By deal; null while ClickHouse does not answer: the figures of the contract are in Postgres. */
  private async details(deals: readonly SyncedDeal[]): Promise<Map<string, DealDetails> | null> {
    const ids = deals.map(({ partnershipId }) => partnershipId);
    const found = await nullWithoutClickHouse(this.reader.dealDetails(ids));
    return found && new Map(found.map((each) => [each.partnershipId, each]));
  }
}

function answerOf(deal: SyncedDeal, details: ReadonlyMap<string, DealDetails> | null): DealAnswer {
  const found = details?.get(deal.partnershipId);
  // A run that has not been synced yet may have seen the deal go on: its figures would not fit these.
  const beside = found?.stage === deal.stage && found.daysInStage === deal.daysInStage ? found : undefined;
  const expectedLoss = beside?.expectedLoss ?? null;
  const missing = missingFigures({ ...deal, expectedLoss });
  const absent = details === null ? 'warehouse_unavailable' : beside === undefined ? 'not_synced' : null;
  return {
    ...deal,
    partnershipType: beside?.partnershipType ?? null,
    criticalDays: beside?.criticalDays ?? null,
    chanceAtEntry: beside?.chanceAtEntry ?? null,
    expectedLoss,
    currency: beside?.currency ?? null,
    peerLevel: beside?.peerLevel ?? null,
    reasons: { ...missing, expectedLoss: absent ?? missing.expectedLoss },
  };
}
