import { Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { type Sweep, Sweeps } from '../../warehouse/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { problemFor } from './problem.js';
import { noQuery } from './schemas.js';

const count = z.number().int().nonnegative();
const sweep = z.object({
  source: z.string(),
  status: z.enum(['held', 'released']),
  since: z.string(),
  live: count.describe('rows of the source in the warehouse'),
  missing: count.describe('those that the source no longer has'),
  found: count,
  unknown: count,
  releasedBy: z.string().nullable().describe('name of the key that released it'),
}) satisfies z.ZodType<Sweep>;
const sourceParam = z.string().regex(/^[a-z0-9_]{1,64}$/);

/** Deletions that the extraction held back because a source lacks too many rows to believe it. */
@ApiTags('warehouse')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/warehouse/sweeps')
export class SweepsController {
  constructor(@Inject(Sweeps) private readonly sweeps: Sweeps) {}

  @ApiOperation({ summary: 'Sources whose deletions wait for a person, or for the next run' })
  @ApiResponse({
    status: 200,
    description: 'The sweeps',
    standardSchema: z.object({ sweeps: z.array(sweep) }),
  })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get()
  async list(@Query({ schema: noQuery }) _query: object): Promise<{ sweeps: Sweep[] }> {
    return { sweeps: await this.sweeps.list() };
  }

  @ApiOperation({ summary: 'Let the next run delete what this source lacks, up to the number held' })
  @ApiResponse({ status: 200, description: 'The released sweep', standardSchema: sweep })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('operator', 'platform')
  @Post(':source/release')
  @HttpCode(200)
  async release(
    @Query({ schema: noQuery }) _query: object,
    @Param('source', { schema: sourceParam }) source: string,
    @CurrentCaller() caller: Caller,
  ): Promise<Sweep> {
    return await problemFor(
      { sweep_not_held: 404 },
      this.sweeps.release(source, caller.name, new Date().toISOString()),
    );
  }
}
