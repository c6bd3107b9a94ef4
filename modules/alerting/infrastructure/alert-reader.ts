import { z } from 'zod';
import { readStatement } from '../../../src/platform/sql-file.js';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { renderPreview } from '../domain/preview.js';
import { slackMessage, type SlackMessage } from '../domain/slack-message.js';

const selectMessages = readStatement(import.meta.url, './sql/select-messages.sql');

/** A message of the outbox, as people and the API see it. Instants are ISO 8601 UTC. */
export interface AlertMessage {
  id: string;
  transition: string;
  channel: string;
  status: 'pending' | 'sending' | 'sent' | 'stored' | 'unknown' | 'failed';
  attempts: number;
  errorCode: string | null;
  createdAt: string;
  sentAt: string | null;
  incidentIds: string[];
  /** As Slack takes it. */
  payload: SlackMessage;
  /** As a person reads it in a terminal. */
  preview: string;
}

/** insights_ops.alert_outbox.payload: what Slack takes, and the incidents that it tells of. */
const messagePayload = z
  .object({ ...slackMessage.shape, incidentIds: z.array(z.string()) })
  .transform(({ text, blocks, incidentIds }) => ({ message: { text, blocks }, incidentIds }));

const row = z
  .object({
    id: z.string(),
    transition: z.string(),
    channel: z.string(),
    status: z.enum(['pending', 'sending', 'sent', 'stored', 'unknown', 'failed']),
    payload: messagePayload,
    attempts: z.number().int(),
    error_code: z.string().nullable(),
    created_at: z.string(),
    sent_at: z.string().nullable(),
  })
  .transform((each): AlertMessage => ({
    id: each.id,
    transition: each.transition,
    channel: each.channel,
    status: each.status,
    attempts: each.attempts,
    errorCode: each.error_code,
    createdAt: each.created_at,
    sentAt: each.sent_at,
    incidentIds: each.payload.incidentIds,
    payload: each.payload.message,
    preview: renderPreview(each.payload.message),
  }));

/** Reads the outbox. */
export class AlertReader {
  constructor(private readonly postgres: Postgres) {}

  /** The newest messages first; of one run, single messages before digests. */
  async recentMessages(limit: number): Promise<AlertMessage[]> {
    return this.postgres.query(selectMessages, [limit], row);
  }
}
