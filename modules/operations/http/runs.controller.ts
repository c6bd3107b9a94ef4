import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { RequestRun } from '../application/request-run.js';
import { RUN_LEDGER, type RunLedger } from '../application/ports.js';
import type { Run } from '../domain/run.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { answers, idParam, newRun, type NewRunBody, noQuery, type RunQuery, runQuery } from './schemas.js';

const PATH = 'api/v1/pipeline/runs';

/** Runs of the pipeline. They span tenants: a key limited to one tenant sees none of them. */
@ApiTags('pipeline')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller(PATH)
export class RunsController {
  constructor(
    @Inject(RequestRun) private readonly requestRun: RequestRun,
    @Inject(RUN_LEDGER) private readonly ledger: RunLedger,
  ) {}

  @ApiOperation({ summary: 'Request a run; it is executed in the background' })
  @ApiResponse({ status: 202, description: 'The queued run', standardSchema: answers.run })
  @ApiProblems(400, 401, 403, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post()
  @HttpCode(202)
  async create(
    @Query({ schema: noQuery }) _query: object,
    @Body({ schema: newRun }) body: NewRunBody,
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Run> {
    const run = await this.requestRun.execute({ trigger: 'api', asOf: body.asOf, requestedBy: caller.name });
    if (run === null) throw new Error('A run without a schedule slot was refused for its slot.');
    response.location(`/${PATH}/${run.id}`);
    return run;
  }

  @ApiOperation({ summary: 'Runs, the newest request first' })
  @ApiResponse({ status: 200, description: 'The runs', standardSchema: answers.runs })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get()
  async list(@Query({ schema: runQuery }) query: RunQuery): Promise<{ runs: Run[] }> {
    return { runs: await this.ledger.list(query) };
  }

  @ApiOperation({ summary: 'One run with its steps, syncs and alerts' })
  @ApiResponse({ status: 200, description: 'The run', standardSchema: answers.run })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':id')
  async get(
    @Query({ schema: noQuery }) _query: object,
    @Param('id', { schema: idParam }) id: string,
  ): Promise<Run> {
    const run = await this.ledger.find(id);
    if (run === null) throw new Problem(404, 'run_unknown', `There is no run ${id}.`);
    return run;
  }
}
