import fc from 'fast-check';
import type { ReceiverFault } from '../fakes/fake-receiver.js';

export const KINDS = ['postgres', 'webhook', 'graph'] as const;
export type Kind = (typeof KINDS)[number];
/** The connections of a worker. `target` is the receiver or the graph; Postgres is its own target. */
export const LINKS = ['postgres', 'clickhouse', 'target'] as const;
export type Link = (typeof LINKS)[number];

/**
 * What happens when the worker's nth chunk of bytes, in either direction, crosses a link:
 * kill: SIGKILL, half of the chunk sent. cut: the link's connections break in the middle of the chunk. down: that, and it stays broken until
 * the worker ends. stop: SIGSTOP past the lease, while the model changes and another worker runs, then SIGCONT. cancel: a person
 * cancels. second: another worker starts on the same sync. replay: a person has everything sent again.
 */
export const ACTIONS = ['kill', 'cut', 'down', 'stop', 'cancel', 'second', 'replay'] as const;
export interface Fault {
  action: (typeof ACTIONS)[number];
  link: Link;
  chunk: number;
}

export interface Scenario {
  kind: Kind;
  batchSize: number;
  /** The model three times: delivered before, while the fault strikes, after it. Per row 0: it is not there, else what its values are. */
  models: [number[], number[], number[]];
  fault: Fault;
  /** What the receiver does with the requests of the disturbed run, beside the fault. */
  receiver: ReceiverFault[];
}

const receiverFault = fc.constantFrom<ReceiverFault>(
  { kind: 'accept_then_close' },
  { kind: 'close' },
  { kind: 'answer', status: 503 },
  { kind: 'accept_then_answer', status: 502, body: 'bad gateway' },
);
const model = (rows: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat({ max: 3 }), { minLength: rows, maxLength: rows });
const scenarios = fc.integer({ min: 0, max: 60 }).chain((rows) =>
  fc.record({
    batchSize: fc.integer({ min: 3, max: 15 }),
    models: fc.tuple(model(rows), model(rows), model(rows)),
    fault: fc.record({
      action: fc.constantFrom(...ACTIONS),
      link: fc.constantFrom(...LINKS),
      chunk: fc.integer({ min: 1, max: 70 }),
    }),
    receiver: fc.array(receiverFault, { maxLength: 2 }),
  }),
);

/** The scenario of a seed, the same whenever it is asked for; three seeds in a row have the three kinds of target. Pure. */
export function scenarioOf(seed: number): Scenario {
  const [scenario] = fc.sample(fc.noBias(scenarios), { seed, numRuns: 1 });
  const kind = KINDS[seed % KINDS.length];
  if (scenario === undefined || kind === undefined) throw new Error('fast-check gave no sample');
  const { fault } = scenario;
  // A receiver and a graph see far fewer chunks in a run than the databases.
  if (fault.link === 'target' && kind !== 'postgres') fault.chunk = Math.ceil(fault.chunk / 7);
  return { ...scenario, kind, receiver: kind === 'webhook' ? scenario.receiver : [] };
}

export interface ModelRow {
  id: string;
  insightName: string | null;
  /** A 64-bit integer as text. */
  insightN: string;
  insightFlag: boolean;
}

const NAMES = [null, '', `O'Brien\t"\\\n<&>`, 'Zoë 😀'];

/** The rows of a model. Pure. */
export function rowsOf(seed: number, versions: readonly number[]): ModelRow[] {
  return versions.flatMap((version, index) => {
    if (version === 0) return [];
    const insightName = NAMES[(index + version) % NAMES.length] ?? null;
    const insightN = String(9007199254740993n + BigInt(version * 1000 + index));
    return [{ id: idOf(seed, index), insightName, insightN, insightFlag: version % 2 === 1 }];
  });
}

/** The key of a row, in no other seed. */
export const idOf = (seed: number, index: number): string => `seed ${seed}, ${index}`;
