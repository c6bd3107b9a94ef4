import { z } from 'zod';
import { upstreamOf } from '../domain/lineage.js';
import { models } from './model-catalog.js';

const modelDetail = z.object({
  blocked: z.array(z.string()).default([]),
  models: z.array(z.object({ model: z.string(), status: z.string() })).default([]),
  tests: z
    .array(z.object({ test: z.string(), model: z.string(), severity: z.string(), failures: z.number() }))
    .default([]),
});

/** What a model step left behind for the steps after it. */
export interface ModelStep {
  /** Models that stay behind because a test or a build failed, theirs or one upstream; with the cause as a sentence. */
  blocked: ReadonlyMap<string, string>;
  /** These and those whose source was not loaded: tables older than their neighbours. */
  behind: ReadonlySet<string>;
}

/** Reads the detail of a finished model step; an absent one left nothing behind. */
export function readModelStep(detail: unknown): ModelStep {
  const { blocked, models: reports, tests } = modelDetail.parse(detail ?? {});
  const named = (...statuses: string[]) =>
    reports.filter(({ status }) => statuses.includes(status)).map(({ model }) => model);
  const broken = named('rejected', 'failed');
  const causeOf = (model: string): string => {
    const upstream = upstreamOf(models, [model]);
    const causes = broken.filter((name) => name === model || upstream.has(name)).map(sentence);
    return causes.length > 0 ? causes.join('; ') : `${model} was not built`;
  };
  const sentence = (model: string): string => {
    const failed = tests.filter(
      (test) => test.model === model && test.severity === 'error' && test.failures > 0,
    );
    return failed.length > 0
      ? `${model} failed data test ${failed.map(({ test }) => test).join(', ')}`
      : `${model} could not be built`;
  };
  return {
    blocked: new Map(blocked.map((model) => [model, causeOf(model)])),
    behind: new Set([...blocked, ...named('rejected', 'failed', 'kept')]),
  };
}
