import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HealthChecks } from '../../../src/platform/health/health.js';
import type { Freshness, SlotLook } from '../../warehouse/index.js';
import type { RunObserver } from '../application/pipeline-runner.js';
import type { StepEnding } from '../application/ports.js';
import type { Run, StepName } from '../domain/run.js';

/** The service's Prometheus metrics. Run figures count what this process executed. */
export class Metrics implements RunObserver {
  private readonly registry = new Registry();
  private readonly runs = new Counter({
    name: 'insights_pipeline_runs_total',
    help: 'Runs that ended, by status and trigger',
    labelNames: ['status', 'trigger'],
    registers: [this.registry],
  });
  private readonly stepSeconds = new Histogram({
    name: 'insights_pipeline_step_duration_seconds',
    help: 'How long steps took',
    labelNames: ['step', 'status'],
    buckets: [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
    registers: [this.registry],
  });
  private readonly rows = new Counter({
    name: 'insights_pipeline_rows_total',
    help: 'Rows read, written and rejected by steps',
    labelNames: ['step', 'direction'],
    registers: [this.registry],
  });
  private readonly syncRows = new Counter({
    name: 'insights_sync_rows_total',
    help: 'Rows of syncs by what happened to them at the target',
    labelNames: ['sync', 'target', 'action'],
    registers: [this.registry],
  });
  private readonly httpSeconds = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long HTTP requests took, by route pattern',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });

  /** `freshness` is asked at each scrape; while the warehouse cannot answer, its gauges have no value. */
  constructor(
    health: HealthChecks,
    freshness: () => Promise<Freshness[]> = () => Promise.resolve([]),
    streaming?: () => Promise<SlotLook>,
  ) {
    if (streaming) this.showSlotLag(streaming);
    // Both gauges of one scrape show the same look.
    let look: Promise<Freshness[]> | undefined;
    const ages = () =>
      (look ??= freshness()
        .catch(() => [])
        .finally(() => (look = undefined)));
    new Gauge({
      name: 'insights_freshness_seconds',
      help: 'Age of the data of a source or model; +Inf when it was never loaded or built',
      labelNames: ['kind', 'name'],
      registers: [this.registry],
      async collect() {
        const now = await ages();
        this.reset();
        for (const { kind, name, ageSeconds } of now) this.set({ kind, name }, ageSeconds ?? Infinity);
      },
    });
    new Gauge({
      name: 'insights_freshness_objective_seconds',
      help: 'Age that the data of a source or model may have',
      labelNames: ['kind', 'name'],
      registers: [this.registry],
      async collect() {
        const now = await ages();
        this.reset();
        for (const { kind, name, objectiveSeconds } of now) this.set({ kind, name }, objectiveSeconds);
      },
    });
    new Gauge({
      name: 'insights_store_up',
      help: 'Whether a store answers (1) or not (0)',
      labelNames: ['store'],
      registers: [this.registry],
      async collect() {
        for (const store of await health.check()) {
          this.set({ store: store.name }, store.status === 'up' ? 1 : 0);
        }
      },
    });
  }

  /** While Postgres cannot answer, or there is no slot, the gauges have no value. */
  private showSlotLag(streaming: () => Promise<SlotLook>): void {
    const kinds = [
      ['bytes', 'Log that Postgres keeps because change data capture has not confirmed it'],
      ['seconds', 'Since when change data capture confirmed nothing although there is something to confirm'],
    ] as const;
    for (const [unit, help] of kinds)
      new Gauge({
        name: `insights_cdc_slot_lag_${unit}`,
        help,
        labelNames: ['slot'],
        registers: [this.registry],
        async collect() {
          const status = await streaming().catch(() => null);
          this.reset();
          if (status?.lag) this.set({ slot: status.slot }, status.lag[unit]);
        },
      });
  }

  stepEnded(step: StepName, ending: StepEnding, seconds: number): void {
    this.stepSeconds.observe({ step, status: ending.status }, seconds);
    this.rows.inc({ step, direction: 'in' }, ending.rowsIn ?? 0);
    this.rows.inc({ step, direction: 'out' }, ending.rowsOut ?? 0);
    this.rows.inc({ step, direction: 'rejected' }, ending.rejected ?? 0);
  }

  runEnded(run: Run): void {
    this.runs.inc({ status: run.status, trigger: run.trigger });
    for (const { name: sync, target, inserted, updated, deleted, unchanged, failed, held } of run.syncs) {
      const actions = { inserted, updated, deleted, unchanged, failed, held };
      for (const [action, rows] of Object.entries(actions)) this.syncRows.inc({ sync, target, action }, rows);
    }
  }

  httpEnded(method: string, route: string, status: number, seconds: number): void {
    this.httpSeconds.observe({ method, route, status }, seconds);
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The exposition text. */
  async render(): Promise<string> {
    return this.registry.metrics();
  }
}
