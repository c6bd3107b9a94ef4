import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouse } from '../../src/platform/clickhouse/clickhouse.js';
import type { Graph } from '../../src/platform/graph/graph.js';
import type { Postgres } from '../../src/platform/postgres/postgres.js';
import type { RequestStore } from './application/control-ports.js';
import { DueSyncs } from './application/due-syncs.js';
import { ExplainSync } from './application/explain-sync.js';
import { PlanSync } from './application/plan-sync.js';
import type { Backoff, ChangeStore, SyncTarget, TargetProblem } from './application/ports.js';
import { ReconcileSync } from './application/reconcile-sync.js';
import { RunSync } from './application/run-sync.js';
import { RunSyncs } from './application/run-syncs.js';
import { SyncControls } from './application/sync-controls.js';
import type { SyncStatusReader } from './application/sync-status.js';
import type { SyncDefinition, TargetKind } from './domain/definition.js';
import { ClickHouseChangeStore } from './infrastructure/change-store/clickhouse-change-store.js';
import {
  PostgresControlStore,
  PostgresHoldStore,
  PostgresSignalStore,
} from './infrastructure/controls/control-stores.js';
import { PostgresRequestStore, PostgresScheduleStore } from './infrastructure/controls/request-stores.js';
import { StoredSyncStatus } from './infrastructure/controls/status-reader.js';
import { ClickHouseExplanations } from './infrastructure/explanations/clickhouse-explanations.js';
import { ClickHouseFingerprints } from './infrastructure/fingerprints/clickhouse-fingerprints.js';
import { GraphTarget } from './infrastructure/graph-target/graph-target.js';
import { type LeaseTimes, PostgresLeases } from './infrastructure/leases/postgres-leases.js';
import { StoredSyncLedger } from './infrastructure/ledger/sync-ledger.js';
import { loadSyncDefinitions } from './infrastructure/load-definitions.js';
import { StoredPlans } from './infrastructure/plans/stored-plans.js';
import { PostgresTarget } from './infrastructure/postgres-target/postgres-target.js';
import { PostgresRateLimiter } from './infrastructure/rate-limiter/postgres-rate-limiter.js';
import { WebhookTarget } from './infrastructure/webhook-target/webhook-target.js';

export interface SyncStores {
  clickhouse: ClickHouse;
  postgres: Postgres;
  graph: Graph;
}

export interface SyncOptions {
  /** The shipped ones unless others are given. */
  definitions?: readonly SyncDefinition[];
  /** What SYNC_WEBHOOK_SECRETS, by name holds. */
  secrets?: (name: string) => string | undefined;
  /** Whether webhooks may go to addresses of this network. */
  allowPrivateAddresses?: boolean;
  leaseTimes?: LeaseTimes;
  backoff?: Backoff;
  /** Other parts in the place of these, as tests need them. */
  changes?: ChangeStore;
  targets?: Partial<Record<TargetKind, SyncTarget>>;
}

/** Everything that can be done with the declared syncs, on real stores. */
export interface Syncs {
  definitions: readonly SyncDefinition[];
  /** One sync, once. */
  run: RunSync;
  /** The pipeline's step. */
  step: RunSyncs;
  plans: PlanSync;
  reconcile: ReconcileSync;
  explain: ExplainSync;
  controls: SyncControls;
  status: SyncStatusReader;
  /** How definition, model and live target fit; writes nothing. */
  problems(definition: SyncDefinition): Promise<TargetProblem[]>;
  /** Runs that wait for a worker. */
  requests: RequestStore;
  /** Runs that schedules ask for. */
  due: DueSyncs;
}

/** Throws `invalid_sync_definition`. */
export function createSyncs(stores: SyncStores, options: SyncOptions = {}): Syncs {
  const { clickhouse, postgres, graph } = stores;
  const definitions = options.definitions ?? loadSyncDefinitions();
  const changes = options.changes ?? new ClickHouseChangeStore(clickhouse);
  const targets = {
    postgres: new PostgresTarget(postgres),
    graph: new GraphTarget(graph),
    webhook: new WebhookTarget({
      secrets: options.secrets ?? (() => undefined),
      allowPrivate: options.allowPrivateAddresses ?? false,
    }),
    ...options.targets,
  };
  const controls = new SyncControls({
    controls: new PostgresControlStore(postgres),
    holds: new PostgresHoldStore(postgres),
    signals: new PostgresSignalStore(postgres),
  });
  const ledger = new StoredSyncLedger(postgres, clickhouse);
  const run = new RunSync({
    changes,
    targets,
    leases: new PostgresLeases(postgres, options.leaseTimes),
    ledger,
    limiter: new PostgresRateLimiter(postgres),
    backoff: options.backoff ?? jittered,
    controls,
  });
  const requests = new PostgresRequestStore(postgres);
  const plans = new StoredPlans(postgres, clickhouse);
  return {
    definitions,
    run,
    step: new RunSyncs({ definitions, run, ledger, requests }),
    plans: new PlanSync({ definitions, changes, targets, plans, run }),
    explain: new ExplainSync({ targets, rows: new ClickHouseExplanations(clickhouse), controls }),
    reconcile: new ReconcileSync(targets, new ClickHouseFingerprints(clickhouse)),
    controls,
    status: new StoredSyncStatus(postgres, clickhouse),
    problems: async (definition) => [
      ...(await changes.check(definition)),
      ...(await targets[definition.target.kind].check(definition)),
    ],
    requests,
    due: new DueSyncs({
      definitions,
      requests,
      schedules: new PostgresScheduleStore(postgres),
      controls,
      newId: randomUUID,
    }),
  };
}

/** Half to one and a half times as long, so that workers that failed together do not come back together. */
const jittered: Backoff = async (ms, signal) => {
  await delay(ms * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
  signal.throwIfAborted();
};
