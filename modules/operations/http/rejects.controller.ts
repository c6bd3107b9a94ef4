import { Body, Controller, Get, HttpCode, Inject, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ClickHouse } from '../../../src/platform/clickhouse/clickhouse.js';
import {
  pageRejects,
  parsePlace,
  type Reject,
  REJECT_STATUSES,
  ReplayRejects,
  type ReplayReport,
} from '../../warehouse/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { problemFor } from './problem.js';
import { noQuery } from './schemas.js';

const name = z.string().regex(/^[a-z0-9_]{1,64}$/);
const count = z.number().int().nonnegative();
const instant = z.iso.datetime({ offset: true });

const rejectQuery = z.strictObject({
  source: name.optional(),
  reason: name.optional(),
  status: z.enum(REJECT_STATUSES).default('waiting'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z
    .string()
    .max(10_000)
    .refine((text) => parsePlace(text) !== null, 'is no `next` of a page')
    .optional()
    .describe('`next` of the page before'),
});
type RejectQuery = z.output<typeof rejectQuery>;

/** Absent body: everything that waits. */
const newReplay = z
  .strictObject({
    source: name.optional().describe('only rejects of this source'),
    reason: name.optional().describe('only rejects of this reason code'),
    dryRun: z.boolean().default(false).describe('only say what would pass'),
  })
  .prefault({});
type NewReplay = z.output<typeof newReplay>;

const rejectsAnswer = z.object({
  rejects: z.array(
    z.object({
      source: z.string(),
      recordKey: z.string(),
      reasonCode: z.string(),
      reason: z.string(),
      payload: z.record(z.string(), z.string().nullable()).describe('the row as it came, by column'),
      file: z.string().nullable(),
      line: count.nullable(),
      rejectedAt: instant,
      replayedAt: instant.nullable(),
      replayedBy: z.string().nullable().describe('name of the key that asked for the replay'),
      runId: z.guid(),
      next: z.string().describe('what to do about it'),
    }) satisfies z.ZodType<Reject>,
  ),
  next: z.string().nullable().describe('`after` of the next page; null on the last'),
});
const replayAnswer = z.object({
  dryRun: z.boolean(),
  replayed: count.describe('rejects that pass the rules of now'),
  rejected: count.describe('those that stay'),
  sources: z.array(
    z.object({
      source: z.string(),
      replayed: count,
      loaded: count.describe('rows that raw did not have'),
      rejected: z.array(z.object({ reasonCode: z.string(), reason: z.string(), count })),
      error: z.object({ class: z.string(), code: z.string(), message: z.string() }).optional(),
    }),
  ),
});

const STATUS = { source_unknown: 404, run_in_progress: 409 };

/** Rows that broke the source contract. They hold the data of all tenants: a key limited to one sees none. */
@ApiTags('warehouse')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/warehouse/rejects')
export class RejectsController {
  constructor(
    @Inject(ClickHouse) private readonly clickhouse: ClickHouse,
    @Inject(ReplayRejects) private readonly replayRejects: ReplayRejects,
  ) {}

  @ApiOperation({ summary: 'Rejected rows, newest first, with the reason and what to do' })
  @ApiResponse({ status: 200, description: 'A page of them', standardSchema: rejectsAnswer })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get()
  async list(@Query({ schema: rejectQuery }) query: RejectQuery): Promise<z.output<typeof rejectsAnswer>> {
    return await pageRejects(this.clickhouse, query);
  }

  @ApiOperation({ summary: 'Judge waiting rejects again by the rules of now, and load those that pass' })
  @ApiResponse({ status: 200, description: 'What passed and what stays', standardSchema: replayAnswer })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post('replay')
  @HttpCode(200)
  async replay(
    @Query({ schema: noQuery }) _query: object,
    @Body({ schema: newReplay }) { dryRun, ...filter }: NewReplay,
    @CurrentCaller() caller: Caller,
  ): Promise<ReplayReport> {
    const request = { by: caller.name, now: new Date().toISOString(), dryRun };
    return await problemFor(STATUS, this.replayRejects.execute(filter, request));
  }
}
