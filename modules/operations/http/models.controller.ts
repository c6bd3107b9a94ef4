import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import { DecideModel, type DetailedModel, type ModelView } from '../../scoring-insight/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { noQuery } from './schemas.js';

const DECISIONS = ['approve', 'reject', 'revoke'] as const;
type Decision = (typeof DECISIONS)[number];

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
const detailedModel = modelView.extend({ evidence: z.record(z.string(), z.unknown()).nullable() }).meta({
  examples: [
    {
      version: 3,
      status: 'active',
      weights: {
        semantic: 0.36,
        goal_alignment: 0.26,
        cultural_momentum: 0.13,
        historical: 0.13,
        authenticity: 0.12,
      },
      n: 2431,
      createdAt: '2026-06-17T00:00:00.000000Z',
      activatedAt: '2026-06-17T14:03:12.481000Z',
      decidedAt: '2026-06-17T14:03:12.481000Z',
      decisions: [
        {
          decision: 'approve',
          version: 3,
          by: 'ops-admin',
          reason: 'gain confirmed in spring',
          at: '2026-06-17T14:03:12.481000Z',
        },
      ],
      evidence: { n: 2431, ladder: 'full', overCurrent: { gain: 0.0061, gainLow: 0.0032, gainHigh: 0.009 } },
    },
  ],
}) satisfies z.ZodType<DetailedModel>;
const decided = z.object({
  changed: z.boolean().describe('false: it was decided so before'),
  model: detailedModel,
});

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
  @ApiResponse({
    status: 200,
    description: 'The versions',
    standardSchema: z.object({ models: z.array(modelView) }),
  })
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
    return await orProblem(this.models.show(version));
  }

  @ApiOperation({ summary: 'Put a suggested version in force; the one before is superseded' })
  @ApiResponse({ status: 200, description: 'The version', standardSchema: decided })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':version/approve')
  @HttpCode(200)
  async approve(
    @Query({ schema: noQuery }) _query: object,
    @Param('version', { schema: versionParam }) version: number,
    @Body({ schema: decisionBody }) body: DecisionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<z.output<typeof decided>> {
    return await this.decide('approve', version, body, caller);
  }

  @ApiOperation({ summary: 'Turn a suggested version down; its weights are not suggested again' })
  @ApiResponse({ status: 200, description: 'The version', standardSchema: decided })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':version/reject')
  @HttpCode(200)
  async reject(
    @Query({ schema: noQuery }) _query: object,
    @Param('version', { schema: versionParam }) version: number,
    @Body({ schema: decisionBody }) body: DecisionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<z.output<typeof decided>> {
    return await this.decide('reject', version, body, caller);
  }

  @ApiOperation({
    summary: 'Take the version in force back: the one before it, or the declared weights, hold again',
  })
  @ApiResponse({ status: 200, description: 'The version', standardSchema: decided })
  @ApiProblems(400, 401, 403, 404, 409, 413, 415, 503)
  @Allow('operator', 'platform')
  @Post(':version/revoke')
  @HttpCode(200)
  async revoke(
    @Query({ schema: noQuery }) _query: object,
    @Param('version', { schema: versionParam }) version: number,
    @Body({ schema: decisionBody }) body: DecisionBody,
    @CurrentCaller() caller: Caller,
  ): Promise<z.output<typeof decided>> {
    return await this.decide('revoke', version, body, caller);
  }

  private async decide(
    decision: Decision,
    version: number,
    body: DecisionBody,
    { name }: Caller,
  ): Promise<z.output<typeof decided>> {
    const request = { decision, version, by: name, ...body };
    return await orProblem(this.models.execute(request, new Date().toISOString()));
  }
}

async function orProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const status = error instanceof AppError ? STATUS[error.code] : undefined;
    if (error instanceof AppError && status !== undefined) {
      throw new Problem(status, error.code, error.message);
    }
    throw error;
  }
}
