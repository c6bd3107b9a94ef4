import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { Postgres, PostgresSession } from '../../../src/platform/postgres/postgres.js';
import type { DecisionTransaction, IncidentStore, QueuedMessage } from '../application/ports.js';
import { incident, type Incident, type Resolution } from '../domain/incident.js';
import { signalRow } from '../domain/signal.js';

const read = (name: string) => readStatement(import.meta.url, `./sql/${name}.sql`);
const sql = {
  lock: read('lock-decision'),
  selectRule: read('select-rule'),
  insertRule: read('insert-rule'),
  signals: read('select-signals'),
  incidents: read('select-incidents'),
  insert: read('insert-incidents'),
  update: read('update-incidents'),
  resolve: read('resolve-incidents'),
  queue: read('insert-messages'),
};

const ruleRow = z.object({ rule: z.string() });

/** Incidents and queued messages in insights_ops; each decision is one transaction that no other overlaps. */
export class PostgresIncidentStore implements IncidentStore {
  constructor(private readonly postgres: Postgres) {}

  async decide<T>(work: (transaction: DecisionTransaction) => Promise<T>): Promise<T> {
    return this.postgres.transaction(async (session) => {
      await session.execute(sql.lock);
      return work(new SessionTransaction(session));
    });
  }
}

class SessionTransaction implements DecisionTransaction {
  constructor(private readonly session: PostgresSession) {}

  async hasRun(rule: string): Promise<boolean> {
    return (await this.session.query(sql.selectRule, [rule], ruleRow)).length > 0;
  }

  async rememberRun(rule: string, at: string): Promise<void> {
    await this.session.execute(sql.insertRule, [rule, at]);
  }

  async signals(rule: string, kind: string) {
    return this.session.query(sql.signals, [rule, kind], signalRow);
  }

  async incidents(rule: string, fingerprints: readonly string[]) {
    return this.session.query(sql.incidents, [rule, fingerprints], incident);
  }

  async open(incidents: readonly Incident[], at: string): Promise<void> {
    await this.write(sql.insert, incidents, at);
  }

  async update(incidents: readonly Incident[], at: string): Promise<void> {
    await this.write(sql.update, incidents, at);
  }

  async resolve(resolutions: readonly { id: string; resolution: Resolution }[], at: string): Promise<void> {
    await this.write(sql.resolve, resolutions, at);
  }

  async queue(messages: readonly QueuedMessage[], at: string): Promise<void> {
    const rows = messages.map((each) => ({
      id: each.id,
      incident_id: each.incidentId,
      transition: each.transition,
      channel: each.channel,
      dedup_key: each.dedupKey,
      payload: { ...each.message, incidentIds: each.incidentIds },
    }));
    await this.write(sql.queue, rows, at);
  }

  private async write(statement: string, rows: readonly object[], at: string): Promise<void> {
    if (rows.length > 0) await this.session.execute(statement, [JSON.stringify(rows), at]);
  }
}
