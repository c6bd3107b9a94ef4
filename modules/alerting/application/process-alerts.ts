import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { RunContext, StepOutcome } from '../../../src/kernel/progress.js';
import { decideIncidents, visitOf, type Decision } from '../domain/decide-incidents.js';
import type { RenderMessage } from '../domain/render.js';
import type { Rule } from '../domain/rule.js';
import { readSignals, type UnreadableSignal } from '../domain/signal.js';
import type { DeliverOutbox, DeliveryCounts } from './deliver-outbox.js';
import type { DecisionTransaction, IncidentStore } from './ports.js';

/** How many unreadable signals the run record names; the rest is counted. */
const UNREADABLE_SHOWN = 10;

/** The figures of a run that outside checks read. */
export interface AlertCounts {
  /** Incidents opened. */
  opened: number;
  /** Messages Slack accepted during this run, from whichever run they stem. */
  sent: number;
  /** Messages kept in the outbox for want of a token. */
  stored: number;
  /** Open incidents whose severity changed; nobody gets a message for that yet. */
  updated: number;
  /** Active signals of a stage visit already known, which changed nothing and told nobody. */
  suppressed: number;
  /** Incidents resolved. */
  resolved: number;
}

interface Decided extends Pick<AlertCounts, 'opened' | 'updated' | 'suppressed' | 'resolved'> {
  signals: number;
  queued: number;
  unreadable: UnreadableSignal[];
}

/**
 * Step 5 of a run: decides every rule on the signals of now, in one transaction that writes incidents and messages
 * together, then delivers the outbox. A kill between the two loses nothing: the next run delivers.
 *
 * `detail`: alerts (AlertCounts), delivery {failed, unknown, waiting}, unreadableSignals [{subject, reason}].
 * `partial` when a signal could not be read, when a message is given up, unknown or still waiting, and when nothing can be
 * sent at all, with Slack's code as the error's.
 */
export class ProcessAlerts {
  constructor(
    private readonly rules: readonly Rule[],
    private readonly incidents: IncidentStore,
    private readonly render: RenderMessage,
    private readonly outbox: DeliverOutbox,
  ) {}

  async execute(context: RunContext): Promise<StepOutcome> {
    context.onProgress({ phase: 'rules', done: 0, total: this.rules.length });
    const decided = await this.incidents.decide(async (transaction) => {
      const each: Decided[] = [];
      for (const rule of this.rules) each.push(await this.decide(rule, transaction, context));
      return each;
    });
    context.onProgress({ phase: 'rules', done: this.rules.length, total: this.rules.length });
    const delivery = await this.outbox.execute(context.signal, context.onProgress);
    return outcomeOf(decided, delivery);
  }

  private async decide(
    rule: Rule,
    transaction: DecisionTransaction,
    { asOf, earlier }: Pick<RunContext, 'asOf' | 'earlier'>,
  ): Promise<Decided> {
    const rows = await transaction.signals(rule.name, rule.signal);
    const { signals, unreadable } = readSignals(rows);
    const incidents = await transaction.incidents(
      rule.name,
      signals.map((signal) => visitOf(rule, signal)),
    );
    // A signal that we cannot read says nothing about its deal: an incident open for it stays as it is.
    const mute = new Set(unreadable.map((each) => each.subject));
    const firstRun = !(await transaction.hasRun(rule.name));
    const decision = decideIncidents({
      rule,
      incidents: incidents.filter((incident) => !mute.has(incident.subject)),
      signals,
      firstRun,
    });
    const active = signals.some((signal) => signal.state === 'active');
    if (firstRun && sawTheProduct(earlier, active)) await transaction.rememberRun(rule.name, asOf);
    await this.write(rule, decision, transaction, asOf);
    return {
      signals: rows.length,
      queued: decision.outbox.length,
      opened: decision.open.length,
      updated: decision.update.length,
      suppressed: decision.suppressed,
      resolved: decision.resolve.length,
      unreadable,
    };
  }

  private async write(
    rule: Rule,
    decision: Decision,
    transaction: DecisionTransaction,
    asOf: string,
  ): Promise<void> {
    await transaction.open(decision.open, asOf);
    await transaction.update(decision.update, asOf);
    await transaction.resolve(decision.resolve, asOf);
    const messages = decision.outbox.map((draft) => ({
      id: draft.id,
      incidentId: draft.incidentId,
      transition: draft.transition,
      channel: draft.channel,
      dedupKey: draft.dedupKey,
      message: this.render(draft, rule),
      incidentIds: draft.incidents.map((incident) => incident.id),
    }));
    await transaction.queue(messages, asOf);
  }
}

const insightDetail = z.object({ stalled: z.object({ open: z.number() }).optional() });

/**
 * Whether a rule's first run may count as had: a run over an empty product or over half a model has not shown what was
 * stalled before anybody listened, and would turn the whole backlog into single messages later.
 */
function sawTheProduct(earlier: RunContext['earlier'], active: boolean): boolean {
  if (earlier === undefined) return true;
  if (earlier.get('model')?.status !== 'succeeded') return false;
  const { stalled } = insightDetail.parse(earlier.get('insight')?.detail ?? {});
  return active || stalled === undefined || stalled.open > 0;
}

function outcomeOf(decided: readonly Decided[], delivery: DeliveryCounts): StepOutcome {
  const sum = (figure: (each: Decided) => number) => decided.reduce((total, each) => total + figure(each), 0);
  const alerts: AlertCounts = {
    opened: sum((each) => each.opened),
    sent: delivery.sent,
    stored: delivery.stored,
    updated: sum((each) => each.updated),
    suppressed: sum((each) => each.suppressed),
    resolved: sum((each) => each.resolved),
  };
  const unreadable = decided.flatMap((each) => each.unreadable);
  const { failed, unknown, waiting } = delivery;
  const error = problemOf(unreadable.length, delivery);
  return {
    status: error ? 'partial' : 'succeeded',
    rowsIn: sum((each) => each.signals),
    rowsOut: alerts.opened + alerts.updated + alerts.resolved + sum((each) => each.queued),
    rejected: unreadable.length,
    ...(error && { error: { class: error.class, code: error.code, message: error.message } }),
    detail: {
      alerts,
      delivery: { failed, unknown, waiting },
      unreadableSignals: unreadable.slice(0, UNREADABLE_SHOWN),
    },
  };
}

/** The gravest thing left undone, or undefined. */
function problemOf(
  unreadable: number,
  { failed, unknown, waiting, stoppedBy }: DeliveryCounts,
): AppError | undefined {
  const seen = 'see insights_ops.alert_outbox for their error codes';
  if (stoppedBy !== undefined) {
    return new AppError({
      class: 'configuration',
      source: 'slack',
      code: stoppedBy,
      message: `No message can be sent before the Slack token, its app or the proxy is put right (${stoppedBy}); ${waiting} messages wait.`,
    });
  }
  if (unreadable > 0) {
    return new AppError({
      class: 'rejected',
      source: 'alerting',
      code: 'signal_unreadable',
      message: `${unreadable} signals have evidence that alert rules cannot read; the others were handled.`,
    });
  }
  if (failed + unknown > 0) {
    return new AppError({
      class: 'configuration',
      source: 'slack',
      code: 'messages_undelivered',
      message: `${failed} messages failed and ${unknown} may or may not have arrived; ${seen}.`,
    });
  }
  if (waiting > 0) {
    return new AppError({
      class: 'transient',
      source: 'slack',
      code: 'messages_waiting',
      message: `${waiting} messages wait for the next run; ${seen}.`,
    });
  }
  return undefined;
}
