import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { migrations } from '../../migrations/postgres/index.js';
import {
  AlertReader,
  createDeliverOutbox,
  createProcessAlerts,
  DeliverOutbox,
} from '../../modules/alerting/index.js';
import { PostgresOutboxStore } from '../../modules/alerting/infrastructure/postgres-outbox-store.js';
import { SlackWebGateway } from '../../modules/alerting/infrastructure/slack-web-gateway.js';
import type { StallEvidence } from '../../modules/alerting/domain/signal.js';
import type { RunContext } from '../../src/kernel/progress.js';
import { createDataSource, Postgres } from '../../src/platform/postgres/postgres.js';
import { stallEvidenceOf, stallIds } from '../factories/stall-evidence.js';
import { FakeSlack } from '../fakes/fake-slack.js';
import { testStores, type TestStores } from '../support/stores.js';

const AS_OF = '2026-03-02T12:00:00.000Z';
const TOKEN = 'xoxb-test';
const OWNERS = Array.from({ length: 40 }, (_, index) => index + 1);

let stores: TestStores;
let postgres: Postgres;
let outbox: PostgresOutboxStore;
let slack: FakeSlack;

beforeAll(async () => {
  stores = await testStores();
  postgres = new Postgres(createDataSource(stores.postgresUrl, migrations));
  await postgres.migrate();
  outbox = new PostgresOutboxStore(postgres);
}, 120_000);

afterAll(async () => {
  await postgres?.close();
  await stores?.close();
});

beforeEach(async () => {
  await postgres.execute(
    `TRUNCATE insights_ops.signals, insights_ops.alert_rules, insights_ops.alert_outbox, insights_ops.alert_incidents`,
  );
  slack = await FakeSlack.start({ token: TOKEN, users: OWNERS.map(stallIds.slack) });
});

afterEach(async () => {
  await slack.stop();
});

// ---- the world -------------------------------------------------------------------------------------------------

type SignalOf = Partial<StallEvidence> & { owner?: number; severity?: string; state?: string };

async function signal(deal: number, { owner, severity = 'warn', state = 'active', ...rest }: SignalOf = {}) {
  const evidence = stallEvidenceOf(deal, owner, rest);
  await rawSignal(stallIds.deal(deal), severity, state, evidence);
}

async function rawSignal(subject: string, severity: string, state: string, evidence: unknown) {
  await postgres.execute(
    `INSERT INTO insights_ops.signals VALUES ('deal_stalled', $1, $2, $3, now(), $4, now())
     ON CONFLICT (kind, subject) DO UPDATE SET severity = $2, state = $3, evidence = $4`,
    [subject, severity, state, JSON.stringify(evidence)],
  );
}

/** The rule has run before: from now on each stall gets a message of its own. */
const ruleHasRun = () =>
  postgres.execute(`INSERT INTO insights_ops.alert_rules VALUES ('stalled_deal', '2026-01-01T00:00:00Z')`);

/** Time passes for the outbox and for Slack. */
async function travel(milliseconds: number) {
  slack.advance(milliseconds);
  await postgres.execute(
    `UPDATE insights_ops.alert_outbox SET next_attempt_at = next_attempt_at - make_interval(secs => $1),
       sent_at = sent_at - make_interval(secs => $1)`,
    [milliseconds / 1000],
  );
}

const gateway = (timeoutMs?: number, token = TOKEN) =>
  new SlackWebGateway({ token, apiUrl: slack.url, timeoutMs });
const delivery = (by = gateway()) => new DeliverOutbox(outbox, by, travel);
const withoutToken = () =>
  createDeliverOutbox(postgres, { SLACK_BOT_TOKEN: undefined, SLACK_API_URL: slack.url });

async function step(deliver: DeliverOutbox = delivery(), earlier?: RunContext['earlier']) {
  return createProcessAlerts(postgres, deliver, {
    PRODUCT_BASE_URL: 'https://app.example.com',
  }).execute({
    runId: '40000000-0000-4000-8000-000000000001',
    asOf: AS_OF,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...(earlier && { earlier }),
  });
}

const figures = { opened: 0, sent: 0, stored: 0, updated: 0, suppressed: 0, resolved: 0 };

const outboxRow = z.object({
  channel: z.string(),
  transition: z.string(),
  status: z.string(),
  attempts: z.number(),
  error_code: z.string().nullable(),
});
const messages = () =>
  postgres.query(
    `SELECT channel, transition, status, attempts, error_code FROM insights_ops.alert_outbox ORDER BY channel, id`,
    [],
    outboxRow,
  );
const incidents = () =>
  postgres.query(
    `SELECT subject, severity, state, resolution FROM insights_ops.alert_incidents ORDER BY subject, opened_at`,
    [],
    z.object({
      subject: z.string(),
      severity: z.string(),
      state: z.string(),
      resolution: z.string().nullable(),
    }),
  );
/** Every byte of the ledger, and the transactions that wrote it. */
const ledger = () =>
  postgres.query(
    `SELECT t.xmin::text, t::text AS row FROM insights_ops.alert_incidents t
     UNION ALL SELECT t.xmin::text, t::text FROM insights_ops.alert_outbox t
     UNION ALL SELECT t.xmin::text, t::text FROM insights_ops.alert_rules t ORDER BY 1, 2`,
    [],
    z.object({ xmin: z.string(), row: z.string() }),
  );

/** One stalled deal whose message is queued and not yet delivered. */
async function oneQueued(overrides: SignalOf = {}) {
  await ruleHasRun();
  await signal(1, overrides);
  await step(nobody);
}
/** A process that is killed between its decision and its delivery. */
const nobody = Object.assign(Object.create(DeliverOutbox.prototype) as DeliverOutbox, {
  execute: () => Promise.resolve({ sent: 0, stored: 0, failed: 0, unknown: 0, waiting: 0 }),
});

const posts = () => slack.calls.filter((call) => call.startsWith('chat.postMessage')).length;

// ---- incidents -------------------------------------------------------------------------------------------------

describe('one message for each stalled stage visit', () => {
  it('sends one digest to each owner on the first run, and nothing on the second', async () => {
    for (const deal of [1, 2, 3]) await signal(deal, { owner: 1 });
    await signal(4, { owner: 2 });
    const first = await step();
    expect(first.status).toBe('succeeded');
    expect(first.detail.alerts).toEqual({ ...figures, opened: 4, sent: 2 });
    expect(first).toMatchObject({ rowsIn: 4, rowsOut: 6, rejected: 0 });
    expect(slack.messages.map(({ channel, text }) => [channel, text]).sort()).toEqual([
      ['D000000001', '3 of your deals have stalled.'],
      ['D000000002', '1 of your deals has stalled.'],
    ]);

    const before = await ledger();
    const second = await step();
    expect(second.detail.alerts).toEqual({ ...figures, suppressed: 4 });
    expect(second.rowsOut).toBe(0);
    expect(await ledger()).toEqual(before);
    expect(posts()).toBe(2);
  });

  it('sends a message of its own for a deal that stalls later', async () => {
    await signal(1);
    await step();
    await travel(2000);
    await signal(2, { partners: ['Late Riser', 'Second Wind'] });
    expect((await step()).detail.alerts).toEqual({ ...figures, opened: 1, sent: 1, suppressed: 1 });
    expect(slack.messages[1]?.text).toBe(
      'Deal stalled: Late Riser × Second Wind, 34 business days in negotiation, limit 30.',
    );
    expect(await messages()).toEqual([
      expect.objectContaining({ transition: expect.any(String), status: 'sent', attempts: 1 }),
      expect.objectContaining({ transition: expect.any(String), status: 'sent', attempts: 1 }),
    ]);
  });

  it('marks the first run also when nothing was stalled', async () => {
    await step();
    await signal(1);
    await step();
    expect((await messages()).map(({ transition }) => transition)).toEqual(['opened']);
  });

  /** Outcomes of the steps before, in a run over `open` deals. */
  const after = (model: string, open?: number): RunContext['earlier'] =>
    new Map<string, { status: string; detail?: Record<string, unknown> }>([
      ['model', { status: model }],
      ['insight', { status: 'succeeded', ...(open !== undefined && { detail: { stalled: { open } } }) }],
    ]);
  const transitions = async () => (await messages()).map(({ transition }) => transition);

  it('stays on its first run until there were deals to look at', async () => {
    await step(undefined, after('succeeded', 0));
    await step(undefined, after('partial', 5));
    for (const deal of [1, 2]) await signal(deal, { owner: 1 });
    await step(undefined, after('succeeded', 2));
    expect(await transitions()).toEqual(['digest']);
    await travel(2000);
    await signal(3, { owner: 1 });
    await step(undefined, after('succeeded', 3));
    expect((await transitions()).sort()).toEqual(['digest', 'opened']);
  });

  it('has had its first run when there were open deals and none was stalled', async () => {
    await step(undefined, after('succeeded', 5));
    await signal(1);
    await step(undefined, after('succeeded', 5));
    expect(await transitions()).toEqual(['opened']);
  });

  it('counts an insight step that says nothing of deals as complete', async () => {
    await step(undefined, after('succeeded'));
    await signal(1);
    await step(undefined, after('succeeded'));
    expect(await transitions()).toEqual(['opened']);
  });

  it('tells in digests what is stalled in a run that is incomplete', async () => {
    await signal(1);
    expect((await step(undefined, after('partial', 1))).detail.alerts).toEqual({
      ...figures,
      opened: 1,
      sent: 1,
    });
    await travel(2000);
    await signal(2);
    expect((await step(undefined, after('succeeded', 2))).detail.alerts).toEqual({
      ...figures,
      opened: 1,
      sent: 1,
      suppressed: 1,
    });
    expect(await transitions()).toEqual(['digest', 'digest']);
    await travel(2000);
    await signal(3);
    await step(undefined, after('succeeded', 3));
    expect((await transitions()).sort()).toEqual(['digest', 'digest', 'opened']);
  });

  it('reads a cleared signal only while an incident of its deal is open', async () => {
    await ruleHasRun();
    await signal(1);
    await step();
    await signal(1, { state: 'cleared', outcome: 'won' });
    await signal(2, { state: 'cleared', outcome: 'won' });
    await rawSignal(stallIds.deal(3), 'warn', 'cleared', { unreadable: true });
    expect(await step()).toMatchObject({
      status: 'succeeded',
      rowsIn: 1,
      detail: { alerts: { ...figures, resolved: 1 } },
    });
    expect(await incidents()).toEqual([expect.objectContaining({ resolution: 'closed' })]);
    expect(await step()).toMatchObject({ status: 'succeeded', rowsIn: 0 });
  });

  it('resolves on a move, and opens again for the next visit only', async () => {
    await ruleHasRun();
    await signal(1);
    await step();
    await signal(1, { state: 'cleared', outcome: 'open' });
    expect((await step()).detail.alerts).toEqual({ ...figures, resolved: 1 });
    expect(await incidents()).toEqual([
      { subject: stallIds.deal(1), severity: 'warn', state: 'resolved', resolution: 'moved' },
    ]);
    await signal(1);
    expect((await step()).detail.alerts).toEqual({ ...figures, suppressed: 1 });
    await travel(2000);
    await signal(1, { stage: 'legal_review', stageVisit: 4 });
    expect((await step()).detail.alerts).toEqual({ ...figures, opened: 1, sent: 1 });
    expect(slack.messages).toHaveLength(2);
  });

  it('takes over a rise of severity without a message', async () => {
    await ruleHasRun();
    await signal(1);
    await step();
    await signal(1, { severity: 'critical', daysInStage: 61 });
    expect((await step()).detail.alerts).toEqual({ ...figures, updated: 1 });
    expect(await incidents()).toEqual([expect.objectContaining({ severity: 'critical', state: 'firing' })]);
    expect(slack.messages).toHaveLength(1);
  });

  it('decides once when two processes make the first run together', async () => {
    for (const deal of [1, 2, 3, 4]) await signal(deal, { owner: (deal % 2) + 1 });
    const outcomes = await Promise.all([step(), step(), step()]);
    const opened = outcomes.map(({ detail }) => z.object({ opened: z.number() }).parse(detail.alerts).opened);
    expect(opened.sort()).toEqual([0, 0, 4]);
    expect(slack.messages).toHaveLength(2);
    expect((await messages()).map(({ transition }) => transition)).toEqual(['digest', 'digest']);
  });

  it('leaves no half decision behind when it is interrupted', async () => {
    await signal(1);
    // Fails on the last statement of the decision, after incidents and rule are written.
    await postgres.execute(
      `ALTER TABLE insights_ops.alert_outbox ADD CONSTRAINT down CHECK (transition <> 'digest')`,
    );
    await expect(step()).rejects.toMatchObject({ class: 'rejected', code: 'postgres_23514' });
    await postgres.execute(`ALTER TABLE insights_ops.alert_outbox DROP CONSTRAINT down`);
    expect(await ledger()).toEqual([]);
    expect((await step()).detail.alerts).toEqual({ ...figures, opened: 1, sent: 1 });
    expect((await messages()).map(({ transition }) => transition)).toEqual(['digest']);
  });

  it('goes on past a signal that it cannot read, and leaves its incident alone', async () => {
    await ruleHasRun();
    await signal(1);
    await step();
    await rawSignal(stallIds.deal(1), 'warn', 'active', { ...stallEvidenceOf(1), dealValue: 12.5 });
    await signal(2, { owner: 2 });
    const outcome = await step();
    expect(outcome).toMatchObject({ status: 'partial', rejected: 1, error: { code: 'signal_unreadable' } });
    expect(outcome.detail).toMatchObject({
      alerts: { ...figures, opened: 1, sent: 1 },
      unreadableSignals: [{ subject: stallIds.deal(1), reason: 'evidence.dealValue' }],
    });
    expect((await incidents()).map(({ state }) => state)).toEqual(['firing', 'firing']);
  });
});

// ---- delivery --------------------------------------------------------------------------------------------------

describe('without a token', () => {
  it('stores the messages and shows them', async () => {
    await signal(1);
    const outcome = await step(withoutToken());
    expect(outcome).toMatchObject({
      status: 'succeeded',
      detail: { alerts: { ...figures, opened: 1, stored: 1 } },
    });
    const [message] = await new AlertReader(postgres).recentMessages(5);
    expect(message).toMatchObject({
      status: 'stored',
      transition: 'digest',
      channel: stallIds.slack(1),
      sentAt: null,
    });
    expect(message?.incidentIds).toHaveLength(1);
    expect(message?.preview).toContain('1. Northwind Sneakers × Moonlit Pictures');
  });

  it('never sends later what was stored', async () => {
    await signal(1);
    await step(withoutToken());
    await step();
    expect(slack.calls).toEqual([]);
  });

  it('leaves a message alone that a process with a token has tried', async () => {
    await oneQueued();
    slack.plan('chat.postMessage', { kind: 'rate_limited', retryAfterSeconds: 120 });
    await step();
    expect((await step(withoutToken())).detail.alerts).toEqual({ ...figures, suppressed: 1 });
    expect(await messages()).toEqual([
      expect.objectContaining({ status: 'pending', error_code: 'rate_limited' }),
    ]);
  });
});

describe('exactly one message', () => {
  const expectOneSent = async (attempts: number) => {
    expect(slack.messages).toHaveLength(1);
    expect(await messages()).toEqual([
      expect.objectContaining({ status: 'sent', attempts, error_code: null }),
    ]);
    const [row] = await postgres.query(
      `SELECT slack_ts FROM insights_ops.alert_outbox`,
      [],
      z.object({ slack_ts: z.string() }),
    );
    expect(row?.slack_ts).toBe(slack.messages[0]?.ts);
  };

  it('when the worker is killed before it claims', async () => {
    await oneQueued();
    expect((await step()).detail.alerts).toEqual({ ...figures, sent: 1, suppressed: 1 });
    await expectOneSent(1);
  });

  it('when the worker is killed after the claim, before the post', async () => {
    await oneQueued();
    await outbox.claim(60);
    expect((await step()).detail).toMatchObject({ alerts: { sent: 0 }, delivery: { waiting: 1 } });
    await travel(61_000);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect(slack.calls).toEqual([
      `conversations.open ${stallIds.slack(1)}`,
      'conversations.history D000000001',
      `chat.postMessage ${stallIds.slack(1)}`,
    ]);
    await expectOneSent(2);
  });

  it('when the worker is killed after the post, before the mark', async () => {
    await oneQueued();
    const claim = await outbox.claim(60);
    expect(claim && (await gateway().post(claim))).toMatchObject({ kind: 'sent' });
    await travel(61_000);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect(posts()).toBe(1);
    await expectOneSent(2);
  });

  it('when the database refuses the mark after the post', async () => {
    await oneQueued();
    await postgres.execute(
      `ALTER TABLE insights_ops.alert_outbox ADD CONSTRAINT down CHECK (status <> 'sent')`,
    );
    await expect(step()).rejects.toMatchObject({ code: 'postgres_23514' });
    await postgres.execute(`ALTER TABLE insights_ops.alert_outbox DROP CONSTRAINT down`);
    await travel(61_000);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect(posts()).toBe(1);
    await expectOneSent(2);
  });

  it('when metadata is left out of the history: the block tells', async () => {
    await oneQueued();
    const claim = await outbox.claim(60);
    if (claim) await gateway().post(claim);
    slack.showMetadata = false;
    await travel(61_000);
    await step();
    await expectOneSent(2);
  });

  it('when many others were posted to the channel since', async () => {
    await oneQueued();
    const claim = await outbox.claim(60);
    if (claim) await gateway().post(claim);
    const { metadata: _, ...other } = slack.messages[0]!;
    const later = Array.from({ length: 450 }, (__, n) => ({
      ...other,
      blocks: [],
      ts: `${other.ts}${n + 100}`,
    }));
    slack.messages.push(...later);
    await travel(61_000);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect(posts()).toBe(1);
    expect(slack.calls.filter((call) => call.startsWith('conversations.history'))).toHaveLength(3);
  });

  it.each([
    ['Slack accepts and closes the connection', { kind: 'accept_then_close' }, 1],
    ['Slack accepts and never answers', { kind: 'accept_then_hang' }, 1],
    ['Slack never answers and accepted nothing', { kind: 'hang' }, 2],
    ['the connection closes before Slack reads', { kind: 'close' }, 2],
    ['Slack answers 500', { kind: 'http_error', status: 500 }, 2],
    ['Slack answers internal_error', { kind: 'error', code: 'internal_error' }, 2],
  ] as const)('when %s', async (_, misbehaviour, expectedPosts) => {
    await oneQueued();
    slack.plan('chat.postMessage', misbehaviour);
    const impatient = misbehaviour.kind.endsWith('hang') ? 1500 : undefined;
    expect((await step(delivery(gateway(impatient)))).detail.alerts).toEqual({
      ...figures,
      sent: 1,
      suppressed: 1,
    });
    expect(posts()).toBe(expectedPosts);
    await expectOneSent(2);
  });

  it('when the history fails for a while after Slack accepted and hung up', async () => {
    await oneQueued();
    slack.plan('chat.postMessage', { kind: 'accept_then_close' });
    slack.plan('conversations.history', { kind: 'http_error', status: 503 });
    slack.plan('conversations.history', { kind: 'rate_limited', retryAfterSeconds: 40 });
    expect((await step()).detail).toMatchObject({ alerts: { sent: 0 }, delivery: { waiting: 1 } });
    await travel(60_000);
    await step();
    expect(posts()).toBe(1);
    await expectOneSent(4);
  });

  it('when several workers deliver at once', async () => {
    await ruleHasRun();
    for (const owner of OWNERS) await signal(owner, { owner });
    await step(nobody);
    const signal_ = new AbortController().signal;
    const counts = await Promise.all([1, 2, 3].map(() => delivery().execute(signal_)));
    expect(counts.reduce((sum, each) => sum + each.sent, 0)).toBe(OWNERS.length);
    for (const owner of OWNERS) expect(slack.keysOf(stallIds.slack(owner))).toHaveLength(1);
    expect((await messages()).every(({ status, attempts }) => status === 'sent' && attempts === 1)).toBe(
      true,
    );
  });

  it('when a worker comes back after another took its message over', async () => {
    await oneQueued();
    const overtaken = await outbox.claim(60);
    await travel(61_000);
    const holder = await outbox.claim(60);
    if (!overtaken || !holder) throw new Error('nothing claimed');
    expect(await outbox.extend(overtaken, 60)).toBe(false);
    await outbox.setBack(overtaken, { status: 'failed', errorClass: 'rejected', errorCode: 'late' });
    expect(await messages()).toEqual([expect.objectContaining({ status: 'sending', error_code: null })]);
    expect(await outbox.extend(holder, 60)).toBe(true);
  });
});

describe('what cannot be delivered', () => {
  it('becomes unknown, and is never sent again, when the history cannot be read', async () => {
    await oneQueued();
    slack.plan('chat.postMessage', { kind: 'accept_then_close' });
    slack.plan('conversations.history', { kind: 'error', code: 'missing_scope' });
    const outcome = await step();
    expect(outcome).toMatchObject({ status: 'partial', error: { code: 'messages_undelivered' } });
    expect(outcome.detail.delivery).toEqual({ failed: 0, unknown: 1, waiting: 0 });
    expect(await messages()).toEqual([
      expect.objectContaining({ status: 'unknown', error_code: 'missing_scope' }),
    ]);
    await travel(3_600_000);
    await step();
    expect(slack.messages).toHaveLength(1);
    expect(posts()).toBe(1);
  });

  it('waits as long as Slack asks', async () => {
    await oneQueued();
    slack.plan('chat.postMessage', { kind: 'rate_limited', retryAfterSeconds: 120 });
    expect(await step()).toMatchObject({ status: 'partial', error: { code: 'messages_waiting' } });
    expect(await messages()).toEqual([
      {
        channel: stallIds.slack(1),
        transition: 'opened',
        status: 'pending',
        attempts: 1,
        error_code: 'rate_limited',
      },
    ]);
    await travel(60_000);
    await step();
    expect(posts()).toBe(1);
    await travel(90_000);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect(slack.messages).toHaveLength(1);
  });

  it.each(['channel_not_found', 'not_in_channel', 'is_archived', 'invalid_blocks', 'user_not_found'])(
    'fails for good on %s, and stops nobody else',
    async (code) => {
      await ruleHasRun();
      for (const owner of [1, 2, 3]) await signal(owner, { owner });
      slack.channelErrors.set(stallIds.slack(1), code);
      const outcome = await step();
      expect(outcome.detail).toMatchObject({
        alerts: { sent: 2 },
        delivery: { failed: 1, unknown: 0, waiting: 0 },
      });
      expect((await messages()).map(({ status, error_code }) => [status, error_code])).toEqual([
        ['failed', code],
        ['sent', null],
        ['sent', null],
      ]);
      await travel(3_600_000);
      await step();
      expect(posts()).toBe(3);
    },
  );

  it('waits for a right token when Slack does not know this one, and then sends everything once', async () => {
    await ruleHasRun();
    for (const owner of OWNERS) await signal(owner, { owner });
    const outcome = await step(delivery(gateway(undefined, 'xoxb-wrong')));
    expect(outcome).toMatchObject({
      status: 'partial',
      error: { class: 'configuration', code: 'invalid_auth' },
      detail: {
        alerts: { ...figures, opened: OWNERS.length },
        delivery: { failed: 0, unknown: 0, waiting: OWNERS.length },
      },
    });
    // Only what was under way at that moment has met the answer; most were never tried.
    expect(posts()).toBeLessThan(OWNERS.length / 2);
    const all = await messages();
    expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['pending']));
    expect(new Set(all.map(({ attempts, error_code }) => [attempts > 0, error_code].join()))).toEqual(
      new Set(['true,invalid_auth', 'false,']),
    );
    expect((await step()).detail.alerts).toMatchObject({ sent: OWNERS.length });
    for (const owner of OWNERS) expect(slack.keysOf(stallIds.slack(owner))).toHaveLength(1);
  });

  it.each([
    [{ kind: 'error', code: 'token_expired' }, 'token_expired'],
    [{ kind: 'http_error', status: 403 }, 'http_403'],
  ] as const)('keeps the message when it meets %j', async (misbehaviour, code) => {
    await oneQueued();
    slack.plan('chat.postMessage', misbehaviour);
    expect(await step()).toMatchObject({ status: 'partial', error: { class: 'configuration', code } });
    expect(await messages()).toEqual([expect.objectContaining({ status: 'pending', error_code: code })]);
    await step();
    expect(slack.messages).toHaveLength(1);
    expect(posts()).toBe(2);
  });

  it('still looks for a message that may have arrived after the token was wrong for a while', async () => {
    await oneQueued();
    const claim = await outbox.claim(60);
    if (claim) await gateway().post(claim);
    await travel(61_000);
    expect(await step(delivery(gateway(undefined, 'xoxb-wrong')))).toMatchObject({
      status: 'partial',
      error: { code: 'invalid_auth' },
    });
    expect(await messages()).toEqual([
      expect.objectContaining({ status: 'sending', error_code: 'invalid_auth' }),
    ]);
    expect((await step()).detail.alerts).toMatchObject({ sent: 1 });
    expect([posts(), slack.messages.length]).toEqual([1, 1]);
  });

  it('fails for an owner without Slack, and never asks Slack about it', async () => {
    await oneQueued({ ownerSlackUserId: null });
    expect((await step()).detail).toMatchObject({ delivery: { failed: 1 } });
    expect(await messages()).toEqual([
      expect.objectContaining({
        channel: `owner:${stallIds.owner(1)}`,
        status: 'failed',
        error_code: 'owner_without_slack',
      }),
    ]);
    expect(slack.calls).toEqual([]);
  });

  it('is sent once Slack answers again', async () => {
    await oneQueued();
    const down = delivery();
    await slack.stop();
    expect((await step(down)).detail).toMatchObject({
      alerts: { sent: 0 },
      delivery: { failed: 0, waiting: 1 },
    });
    slack = await FakeSlack.start({ token: TOKEN, users: [stallIds.slack(1)] });
    await travel(900_000);
    await step();
    expect(slack.messages).toHaveLength(1);
  });
});

describe('manners', () => {
  it('posts at most one message a second to a channel, and does not need to be told', async () => {
    await ruleHasRun();
    for (const deal of [1, 2, 3, 4]) await signal(deal, { owner: 1 });
    slack.limitRate = true;
    expect((await step()).detail.alerts).toMatchObject({ sent: 4 });
    expect(posts()).toBe(4);
  });

  it('stops when it is asked to, and loses nothing', async () => {
    await oneQueued();
    const stopped = await delivery().execute(AbortSignal.abort());
    expect(stopped).toEqual({ sent: 0, stored: 0, failed: 0, unknown: 0, waiting: 1 });
    await step();
    expect(slack.messages).toHaveLength(1);
  });

  it('keeps hostile names literal all the way', async () => {
    const name = `O'Brien "&" Söhne \\ <!channel> <@U1> *b* \`c\` {{x}} 😀 <https://evil.example|click>`;
    await ruleHasRun();
    await signal(1, { partners: [name, name], ownerName: name });
    await step();
    await travel(2000);
    await signal(2, { partners: [name, name], ownerName: name });
    await postgres.execute(`TRUNCATE insights_ops.alert_rules`);
    await step();
    expect(slack.messages).toHaveLength(2);
    for (const message of slack.messages) expect(message.forged).toEqual([]);
    expect(JSON.stringify(slack.messages[0]?.blocks)).toContain(JSON.stringify(`Partner\n${name}`));
    expect(JSON.stringify(slack.messages[1]?.blocks)).toContain(
      JSON.stringify(name.slice(0, 40)).slice(1, -1),
    );
    const [shown] = await new AlertReader(postgres).recentMessages(1);
    expect(shown?.preview).toContain(`Partner: ${name}`);
  });
});
