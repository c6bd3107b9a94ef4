import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { DecideModel, type DetailedModel, type ModelView } from '../../scoring-insight/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { examples } from './insight-examples.js';
import { ApiProblems } from './openapi.js';
import { problemFor } from './problem.js';
import { noQuery } from './schemas.js';

const DECISIONS = ['approve', 'reject', 'revoke'] as const;

const decisionParam = z
  .enum(DECISIONS)
  .describe(
    'approve puts a suggested version in force, the one before is superseded; reject turns a suggested version down, ' +
      'its weights are not suggested again; revoke takes the version in force back, the one before it, or the declared ' +
      'weights, hold again',
  );
type Decision = z.output<typeof decisionParam>;

const versionParam = z
  .string()
  .regex(/^[1-9]\d{0,8}$/)
  .transform(Number);

/** Absent body: without a reason, whatever is in force. */
const decisionBody = z
  .strictObject({
    reason: z.string().max(1000).default('').describe('why, in your own words; kept with the decision'),
    activeVersion: z
      .int()
      .positive()
      .nullable()
      .optional()
      .describe('the version you saw in force (null: the declared weights); refused if it is another by now'),
  })
  .prefault({});
type DecisionBody = z.output<typeof decisionBody>;

const instant = z.iso.datetime({ offset: true });
const weights = z.object({
  semantic: z.number(),
  goal_alignment: z.number(),
  cultural_momentum: z.number(),
  historical: z.number(),
  authenticity: z.number(),
});
const modelView = z.object({
  version: z.int(),
  status: z.enum(['suggested', 'active', 'superseded', 'rejected']),
  weights,
  n: z.int().describe('deals behind the weights'),
  createdAt: instant,
  activatedAt: instant.nullable(),
  decidedAt: instant.nullable(),
  decisions: z.array(
    z.object({
      decision: z.enum(DECISIONS),
      version: z.int(),
      by: z.string().describe('name of the key, or cli: and the user'),
      reason: z.string(),
      at: instant,
    }),
  ),
}) satisfies z.ZodType<ModelView>;
const modelsAnswer = z.object({ models: z.array(modelView) }).meta({ examples: [examples.models] });
const detailedModel = modelView
  .extend({ evidence: z.record(z.string(), z.unknown()).nullable() })
  .meta({ examples: [examples.model] }) satisfies z.ZodType<DetailedModel>;
const decided = z
  .object({ changed: z.boolean().describe('false: it was decided so before'), model: detailedModel })
  .meta({ examples: [examples.decided] });

const STATUS: Record<string, number> = {
  model_unknown: 404,
  model_not_suggested: 409,
  model_not_active: 409,
  model_decision_stale: 409,
};

/** Versions of the weights of the affinity score. A decision reaches the matching engine's graph with the next run. */
@ApiTags('insights')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/insights/models')
export class ModelsController {
  constructor(@Inject(DecideModel) private readonly models: DecideModel) {}

  @ApiOperation({ summary: 'Every version of the weights with its decisions, the newest first' })
  @ApiResponse({ status: 200, description: 'The versions', standardSchema: modelsAnswer })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'platform')
  @Get()
  async list(@Query({ schema: noQuery }) _query: object): Promise<{ models: ModelView[] }> {
    return { models: await this.models.list() };
  }

  @ApiOperation({ summary: 'One version with the evidence that it was suggested on' })
  @ApiResponse({ status: 200, description: 'The version', standardSchema: detailedModel })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get(':version')
  async show(
    @Query({ schema: noQuery }) _query: object,
    @Param('version', { schema: versionParam }) version: number,
  ): Promise<DetailedModel> {
    return await problemFor(STATUS, this.models.show(version));
  }

  @ApiOperation({ summary: 'Decide about a version: approve, reject or revoke it' })
  @ApiResponse({ status: 200, description: 'The version', standardSchema: decided })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':version/:decision')
  @HttpCode(200)
  async decide(
    @Query({ schema: noQuery }) _query: object,
    @Param('version', { schema: versionParam }) version: number,
    @Param('decision', { schema: decisionParam }) decision: Decision,
    @Body({ schema: decisionBody }) body: DecisionBody,
    @CurrentCaller() { name }: Caller,
  ): Promise<z.output<typeof decided>> {
    const request = { decision, version, by: name, ...body };
    return await problemFor(STATUS, this.models.execute(request, new Date().toISOString()));
  }
}
