import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { randomUUID } from 'node:crypto';
import {
  type Explanation,
  type Hold,
  isReconciled,
  type PlanRow,
  type Reconciliation,
  type Selection,
  type SyncDefinition,
  type SyncOutcome,
  type SyncPlan,
  type SyncRejectView,
  type SyncRunView,
  type Syncs,
  SYNCS,
  type SyncStatusView,
} from '../../sync/index.js';
import { RequestSync } from '../application/request-sync.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { Problem, problemFor } from './problem.js';
import { idParam, noQuery } from './schemas.js';
import {
  explainQuery,
  type ExplainQuery,
  holdDecision,
  type HoldDecisionBody,
  newPlan,
  type NewPlan,
  newSyncRun,
  type NewSyncRun,
  planRowsQuery,
  type PlanRowsQuery,
  syncAnswers,
  syncParam,
  type SyncQuery,
  syncQuery,
  syncRejectQuery,
  type SyncRejectQuery,
} from './sync-schemas.js';

const PATH = 'api/v1/syncs';
const STATUS = {
  sync_not_held: 404,
  plan_unknown: 404,
  hold_changed: 409,
  plan_used: 409,
  plan_definition_changed: 409,
};

/** What the warehouse writes elsewhere. The rows span tenants: a key limited to one sees none of them. */
@ApiTags('syncs')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller(PATH)
export class SyncsController {
  constructor(
    @Inject(SYNCS) private readonly syncs: Syncs,
    @Inject(RequestSync) private readonly requestSync: RequestSync,
  ) {}

  @ApiOperation({ summary: 'Every sync with its latest runs, pause, hold and refused rows' })
  @ApiResponse({ status: 200, description: 'The syncs', standardSchema: syncAnswers.syncs })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get()
  async list(@Query({ schema: syncQuery }) { runs }: SyncQuery): Promise<{ syncs: SyncStatusView[] }> {
    const { definitions, status } = this.syncs;
    return { syncs: await status.list(definitions, { runs, now: Date.now() }) };
  }

  @ApiOperation({ summary: 'The rows of a plan with values before and after' })
  @ApiResponse({ status: 200, description: 'Some of its rows', standardSchema: syncAnswers.planRows })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get('plans/:id/rows')
  async planRows(
    @Query({ schema: planRowsQuery }) { limit }: PlanRowsQuery,
    @Param('id', { schema: idParam }) id: string,
  ): Promise<{ rows: PlanRow[] }> {
    return { rows: await this.syncs.plans.rows(id, { limit }) };
  }

  @ApiOperation({
    summary: 'Do exactly what a plan says, once; refused when data, target or definition moved on',
  })
  @ApiResponse({ status: 200, description: 'How it ended', standardSchema: syncAnswers.outcome })
  @ApiProblems(400, 401, 403, 404, 409, 503)
  @Allow('operator', 'platform')
  @Post('plans/:id/apply')
  @HttpCode(200)
  async apply(
    @Query({ schema: noQuery }) _query: object,
    @Param('id', { schema: idParam }) id: string,
    @CurrentCaller() { name: by }: Caller,
  ): Promise<SyncOutcome> {
    return await problemFor(STATUS, this.syncs.plans.apply(id, toTheEnd(by)));
  }

  @ApiOperation({ summary: 'One sync with its latest runs, pause, hold and refused rows' })
  @ApiResponse({ status: 200, description: 'The sync', standardSchema: syncAnswers.sync })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':name')
  async show(
    @Query({ schema: syncQuery }) { runs }: SyncQuery,
    @Param('name', { schema: syncParam }) name: string,
  ): Promise<SyncStatusView> {
    const [found] = await this.syncs.status.list([this.find(name)], { runs, now: Date.now() });
    if (found === undefined) throw unknown(name);
    return found;
  }

  @ApiOperation({
    summary: 'Request a run; without a selection it sends what differs, with one it may send rows again',
  })
  @ApiResponse({ status: 202, description: 'The queued run', standardSchema: syncAnswers.run })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':name/runs')
  @HttpCode(202)
  async run(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @Body({ schema: newSyncRun }) body: NewSyncRun,
    @CurrentCaller() { name: requestedBy }: Caller,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SyncRunView> {
    const definition = this.find(name);
    const paused = await this.syncs.controls.paused(name);
    if (paused !== null)
      throw new Problem(409, 'sync_paused', `Sync ${name} is paused by ${paused.by}; resume it first.`);
    const odd = body.keys?.find((key) => key.length !== definition.keys.length);
    if (odd !== undefined)
      throw new Problem(400, 'key_mismatch', `A key of ${name} has ${definition.keys.length} values.`);
    const trigger = isReplay(body) ? 'replay' : 'api';
    const runId = await this.requestSync.execute(definition, { trigger, requestedBy, selection: body });
    response.location(`/${PATH}/${name}/runs/${runId}`);
    return await this.findRun(name, runId);
  }

  @ApiOperation({ summary: 'One run of a sync' })
  @ApiResponse({ status: 200, description: 'The run', standardSchema: syncAnswers.run })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':name/runs/:id')
  async getRun(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @Param('id', { schema: idParam }) id: string,
  ): Promise<SyncRunView> {
    return await this.findRun(this.find(name).name, id);
  }

  @ApiOperation({ summary: 'Rows that the target refuses, the latest attempt first' })
  @ApiResponse({ status: 200, description: 'The rows', standardSchema: syncAnswers.rejects })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':name/rejects')
  async rejects(
    @Query({ schema: syncRejectQuery }) query: SyncRejectQuery,
    @Param('name', { schema: syncParam }) name: string,
  ): Promise<{ rejects: SyncRejectView[] }> {
    return { rejects: await this.syncs.status.rejects([this.find(name).name], query) };
  }

  @ApiOperation({ summary: 'Why one row was, will be or will not be sent' })
  @ApiResponse({
    status: 200,
    description: 'All that is known of it',
    standardSchema: syncAnswers.explanation,
  })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':name/explain')
  async explain(
    @Query({ schema: explainQuery }) { key }: ExplainQuery,
    @Param('name', { schema: syncParam }) name: string,
  ): Promise<Explanation> {
    return await problemFor({ key_incomplete: 400 }, this.syncs.explain.explain(this.find(name), key));
  }

  @ApiOperation({ summary: 'Hold the target against the model; to repair, request a run with the keys' })
  @ApiResponse({ status: 200, description: 'What differs', standardSchema: syncAnswers.reconciliation })
  @ApiProblems(400, 401, 403, 404, 409, 503)
  @Allow('operator', 'platform')
  @Post(':name/reconcile')
  @HttpCode(200)
  async reconcile(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
  ): Promise<Reconciliation & { reconciled: boolean }> {
    const request = { id: randomUUID(), limit: 100, onProgress: () => undefined };
    const asked = this.syncs.reconcile.reconcile(this.find(name), request);
    const found = await problemFor({ target_not_readable: 409 }, asked);
    return { reconciled: isReconciled(found), ...found };
  }

  @ApiOperation({ summary: 'What a run would change, field by field; kept for a week, to be applied' })
  @ApiResponse({ status: 200, description: 'The plan', standardSchema: syncAnswers.plan })
  @ApiProblems(400, 401, 403, 404, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':name/plans')
  @HttpCode(200)
  async plan(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @Body({ schema: newPlan }) selection: NewPlan,
    @CurrentCaller() { name: by }: Caller,
  ): Promise<SyncPlan> {
    const asked = { ...toTheEnd(by), selection };
    return await this.syncs.plans.plan(this.find(name), asked);
  }

  @ApiOperation({ summary: 'Start no run of this sync until it is resumed; a run under way goes on' })
  @ApiResponse({ status: 200, description: 'Who paused it', standardSchema: syncAnswers.paused })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('operator', 'platform')
  @Post(':name/pause')
  @HttpCode(200)
  async pause(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ sync: string; paused: { at: string; by: string } }> {
    return { sync: name, paused: await this.syncs.controls.pause(this.find(name).name, decision(caller)) };
  }

  @ApiOperation({ summary: 'Let a paused sync run again' })
  @ApiResponse({ status: 200, description: 'It is not paused', standardSchema: syncAnswers.paused })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('operator', 'platform')
  @Post(':name/resume')
  @HttpCode(200)
  async resume(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
  ): Promise<{ sync: string; paused: null }> {
    await this.syncs.controls.resume(this.find(name).name);
    return { sync: name, paused: null };
  }

  @ApiOperation({
    summary: 'Stop the runs of this sync: what was confirmed stays, the next run does the rest',
  })
  @ApiResponse({
    status: 200,
    description: 'The runs that were asked',
    standardSchema: syncAnswers.cancelled,
  })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('operator', 'platform')
  @Post(':name/cancel')
  @HttpCode(200)
  async cancel(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @CurrentCaller() caller: Caller,
  ): Promise<{ sync: string; runs: { runId: string; status: 'queued' | 'running' }[] }> {
    return { sync: name, runs: await this.syncs.controls.cancel(this.find(name).name, decision(caller)) };
  }

  @ApiOperation({ summary: 'Let the next run do what was held, up to the number of rows held' })
  @ApiResponse({ status: 200, description: 'The released hold', standardSchema: syncAnswers.hold })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':name/release')
  @HttpCode(200)
  async release(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @Body({ schema: holdDecision }) { runId }: HoldDecisionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Hold> {
    const decided = { ...decision(caller), runId };
    return await problemFor(STATUS, this.syncs.controls.release(this.find(name).name, decided));
  }

  @ApiOperation({ summary: 'Leave the target as it is; no other signal until more rows would change' })
  @ApiResponse({ status: 200, description: 'The rejected hold', standardSchema: syncAnswers.hold })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':name/reject')
  @HttpCode(200)
  async reject(
    @Query({ schema: noQuery }) _query: object,
    @Param('name', { schema: syncParam }) name: string,
    @Body({ schema: holdDecision }) { runId }: HoldDecisionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<Hold> {
    const decided = { ...decision(caller), runId };
    return await problemFor(STATUS, this.syncs.controls.reject(this.find(name).name, decided));
  }

  private find(name: string): SyncDefinition {
    const definition = this.syncs.definitions.find((one) => one.name === name);
    if (definition === undefined) throw unknown(name);
    return definition;
  }

  private async findRun(sync: string, id: string): Promise<SyncRunView> {
    const run = await this.syncs.status.run(sync, id);
    if (run === null) throw new Problem(404, 'run_unknown', `Sync ${sync} has no run ${id}.`);
    return run;
  }
}

/** Whoever hangs up has asked for it all the same. */
const toTheEnd = (by: string) => ({
  by,
  now: new Date().toISOString(),
  signal: new AbortController().signal,
  onProgress: () => undefined,
});
const decision = ({ name }: Caller) => ({ by: name, now: new Date().toISOString() });
const isReplay = ({ keys, fromRun, rejected }: Selection): boolean =>
  keys !== undefined || fromRun !== undefined || rejected !== undefined;
const unknown = (name: string) => new Problem(404, 'sync_unknown', `There is no sync ${name}.`);
