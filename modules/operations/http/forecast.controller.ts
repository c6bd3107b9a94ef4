import { Controller, Get, Inject, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { parsePlaceText, placeText } from '../../../src/kernel/page-place.js';
import {
  type ForecastReport,
  forecastReportSchema,
  InsightReader,
  type OpenDealForecast,
} from '../../scoring-insight/index.js';
import type { Caller } from '../infrastructure/api-keys.js';
import { Allow, ApiKeyGuard, CurrentCaller } from './api-key.guard.js';
import { forecastExamples } from './forecast-example.js';
import { ApiProblems } from './openapi.js';
import { Problem } from './problem.js';
import { noQuery } from './schemas.js';

const figure = z.number().nullable();
const money = z.string().describe('a decimal number');

/** Where a deal stands in the list: (expected value, id). */
const place = z.object({
  expectedValue: z.string().regex(/^-?\d{1,34}(\.\d{1,2})?$/),
  partnershipId: z.guid(),
});

const dealQuery = z.strictObject({
  tenant: z.guid().optional().describe('id of a tenant; a key that is limited to one may name only that'),
  stage: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/)
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  after: z
    .string()
    .max(300)
    .refine((text) => parsePlaceText(text, place) !== null, 'is no `next` of a page')
    .optional()
    .describe('`next` of the page before'),
});
type DealQuery = z.output<typeof dealQuery>;

const deal = z.object({
  partnershipId: z.guid(),
  tenantId: z.guid(),
  stage: z.string(),
  chance: figure.describe(
    'that the deal ends successful, whenever it ends, 0..1; to two digits for a key that is limited to a tenant',
  ),
  baseRate: figure.describe(
    'the chance of its stage, or of all where it has deals of fewer than ten tenants',
  ),
  method: z.enum(['ridge_logistic', 'stage_rate']),
  reason: z
    .string()
    .nullable()
    .describe('why the rate of the stage speaks, or why there is no chance; null when the model speaks'),
  dealValue: money,
  currency: z.string(),
  valueReporting: money.nullable().describe('in the reporting currency; null without a rate'),
  expectedValue: money.nullable().describe('chance times value, reporting currency'),
  explanation: z
    .object({
      intercept: z.number().describe('log odds of a deal that is average in everything'),
      contributions: z
        .record(z.string(), z.number())
        .describe(
          'log odds by feature, to one digit for a key of one tenant; with the intercept they sum up',
        ),
    })
    .nullable()
    .describe('null where no model speaks'),
  asOf: z.iso.datetime({ offset: true }),
}) satisfies z.ZodType<OpenDealForecast>;

const reportAnswer = forecastReportSchema.meta({ examples: [forecastExamples.report] });
const dealsAnswer = z
  .object({
    deals: z.array(deal),
    next: z.string().nullable().describe('`after` of the next page; null on the last'),
  })
  .meta({ examples: [forecastExamples.deals] });

/** The chance of open deals, and what the pipeline will bring. */
@ApiTags('insights')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('api/v1/insights/forecast')
export class ForecastController {
  constructor(@Inject(InsightReader) private readonly reader: InsightReader) {}

  @ApiOperation({ summary: 'What the open deals will bring, how it was learnt, and how past forecasts did' })
  @ApiResponse({ status: 200, description: 'The forecast of the latest run', standardSchema: reportAnswer })
  @ApiProblems(400, 401, 403, 404, 503)
  @Allow('viewer', 'platform')
  @Get()
  async report(@Query({ schema: noQuery }) _query: object): Promise<ForecastReport> {
    const report = await this.reader.latestForecast();
    if (report === null) throw new Problem(404, 'insight_not_computed', 'No run has computed this yet.');
    return report;
  }

  @ApiOperation({ summary: 'Open deals with their chance of success, those that bring most first' })
  @ApiResponse({ status: 200, description: 'A page of them', standardSchema: dealsAnswer })
  @ApiProblems(400, 401, 403, 503)
  @Allow('viewer', 'tenant')
  @Get('deals')
  async deals(
    @Query({ schema: dealQuery }) { tenant, stage, limit, after }: DealQuery,
    @CurrentCaller() caller: Caller,
  ): Promise<z.output<typeof dealsAnswer>> {
    const page = await this.reader.dealForecasts({
      tenant: tenantOf(caller, tenant),
      stage,
      coarse: caller.tenant !== '*',
      limit,
      after: after === undefined ? undefined : (parsePlaceText(after, place) ?? undefined),
    });
    return { deals: page.deals, next: page.next && placeText(page.next) };
  }
}

/** The only tenant that a caller gets to see; undefined: all of them. */
function tenantOf(caller: Caller, wanted: string | undefined): string | undefined {
  if (caller.tenant === '*') return wanted;
  if (wanted !== undefined && wanted.toLowerCase() !== caller.tenant.toLowerCase())
    throw new Problem(403, 'platform_key_required', 'The key is limited to another tenant.');
  return caller.tenant;
}
