import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { HealthChecks } from '../../../src/platform/health/health.js';
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

  constructor(health: HealthChecks) {
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
