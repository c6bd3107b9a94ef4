import type { BuildState } from './build-state.js';
import type { Model } from './model.js';

/** What the last confirmed load of a source left; ISO 8601 UTC instants. */
export interface SourceLoad {
  confirmedAt: string;
  /** The position: when a load last brought or took rows. Models stand on it. */
  changedAt: string;
}

/** How old the data of one source or model is. */
export interface Freshness {
  kind: 'source' | 'model';
  name: string;
  /** Every change that its sources had at this instant is in it; null: never loaded or never built. */
  freshAt: string | null;
  /** Whole seconds; null when there is no freshAt. */
  ageSeconds: number | null;
  objectiveSeconds: number;
  status: 'ok' | 'stale';
  /** Which source or missing step decides the age. */
  why: string;
}

type FreshModel = Pick<Model, 'name' | 'reads' | 'freshness_minutes'>;
type BuiltFrom = Pick<BuildState, 'version' | 'positions' | 'builtAt'>;
interface Age {
  freshAt: string | null;
  why: string;
}

/**
 * How old every source and model is at `now` (ISO 8601 UTC), against its objective. A source is as fresh as its last
 * confirmed load. A model is as fresh as the oldest raw table it was built from, directly or through others: where the
 * raw table has not moved since, as fresh as that table's last load; where it has, only up to the position it was built
 * on. A model that was published again since is one the reader has not seen: the reader is then no fresher than its own
 * build.
 * @param models in build order
 * @param states of the published tables; a model without one was never built
 * @param loads by raw table (raw_x), every declared one; null: never loaded
 */
export function freshness(
  models: readonly FreshModel[],
  states: ReadonlyMap<string, BuiltFrom | null>,
  loads: ReadonlyMap<string, SourceLoad | null>,
  now: string,
  objectiveMinutes: number,
): Freshness[] {
  const judge = (kind: Freshness['kind'], name: string, age: Age, minutes = objectiveMinutes): Freshness => {
    const objectiveSeconds = minutes * 60;
    const ageSeconds =
      age.freshAt === null
        ? null
        : Math.max(0, Math.floor((Date.parse(now) - Date.parse(age.freshAt)) / 1000));
    const status = ageSeconds === null || ageSeconds > objectiveSeconds ? 'stale' : 'ok';
    return { kind, name, ...age, ageSeconds, objectiveSeconds, status };
  };
  const ages = new Map<string, Age>();
  for (const model of models) ages.set(model.name, ageOf(model, states, loads, ages, now));
  return [
    ...[...loads].map(([table, load]) =>
      judge('source', table.replace(/^raw_/, ''), {
        freshAt: load?.confirmedAt ?? null,
        why: load ? 'its last confirmed load' : 'it was never loaded',
      }),
    ),
    ...models.map((model) =>
      judge('model', model.name, ages.get(model.name) ?? NEVER_BUILT, model.freshness_minutes),
    ),
  ];
}

const NEVER_BUILT: Age = { freshAt: null, why: 'it was never built' };

function ageOf(
  model: FreshModel,
  states: ReadonlyMap<string, BuiltFrom | null>,
  loads: ReadonlyMap<string, SourceLoad | null>,
  ages: ReadonlyMap<string, Age>,
  now: string,
): Age {
  const state = states.get(model.name);
  if (!state) return NEVER_BUILT;
  return oldest(
    model.reads.map((name) => {
      const seen = state.positions[name];
      if (!name.startsWith('raw_')) {
        const upstream = ages.get(name) ?? NEVER_BUILT;
        if (states.get(name)?.version === seen) return upstream;
        return oldest([upstream, { freshAt: state.builtAt, why: `${name} was published since` }]);
      }
      const load = loads.get(name);
      if (!load) return { freshAt: null, why: `${name} was never loaded` };
      if (typeof seen !== 'string' || seen === '')
        return { freshAt: null, why: `${name} changed and is not taken up` };
      return seen >= load.changedAt
        ? { freshAt: load.confirmedAt, why: `the last load of ${name}` }
        : { freshAt: seen, why: `${name} changed and is not taken up` };
    }),
    now,
  );
}

/** The oldest of several ages, the first of equal ones; what reads nothing is always fresh. */
function oldest(ages: readonly Age[], now?: string): Age {
  const first = ages[0] ?? { freshAt: now ?? null, why: 'it reads no source' };
  return ages.reduce((old, age) => {
    if (old.freshAt === null) return old;
    if (age.freshAt === null) return age;
    return Date.parse(age.freshAt) < Date.parse(old.freshAt) ? age : old;
  }, first);
}

/** A `stale_data` signal for each source and model past its objective: a warning, critical from twice the objective on. */
export function staleSignals(ages: readonly Freshness[]) {
  return ages
    .filter(({ status }) => status === 'stale')
    .map(({ kind, name, ageSeconds, objectiveSeconds, freshAt, why }) => ({
      subject: `${kind}:${name}`,
      severity:
        ageSeconds === null || ageSeconds > 2 * objectiveSeconds ? ('critical' as const) : ('warn' as const),
      evidence: { kind, name, ageSeconds, objectiveSeconds, freshAt, why },
    }));
}
