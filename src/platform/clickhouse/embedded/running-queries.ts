import { setTimeout as delay } from 'node:timers/promises';
import { ClickHouseError } from './clickhouse-error.js';
import type { Engine, Session } from './engine.js';
import { quote, quoteIdentifier, setStatement } from './statement.js';

const KILL_EVERY_MS = 100;
/** Idle connections, of all kinds together. */
const MAX_IDLE = 32;
/** In bytes; long parameters pass it, and they travel in a statement here. */
const DEFAULT_MAX_QUERY_SIZE = 262_144;

export interface QueryContext {
  queryId: string;
  database: string | null;
  /** `param_x` values and settings. */
  settings: [string, string][];
  /** The client has gone: a query that still waits is not begun. */
  gone: AbortSignal;
  /** Whether a query that runs when its client goes is killed; a write is not, since half of it would stay. */
  endsWithClient: boolean;
  /** Whether the connection is after it as it was before: not so for SET, USE and their like. */
  leavesNoTrace: boolean;
}

/**
 * Runs queries, at most so many at once, each on a connection that no other uses, and can end them. A new connection
 * costs more than a small query, so one that is idle serves the next request that sets the very same settings and
 * parameter names: it sets the values of these anew, and nothing else can have stayed.
 */
export class RunningQueries {
  private readonly running = new Map<string, Promise<void>>();
  /** By what was set on them. */
  private readonly idle = new Map<string, Session[]>();
  private readonly waiting: (() => void)[] = [];
  private readonly kills = new Set<() => void>();
  private closing = false;
  private active = 0;

  constructor(
    private readonly engine: Engine,
    private readonly limit: number,
  ) {}

  /** Resolves when the engine is done with `work`, which must itself wait for all it asks of the session. */
  async run(context: QueryContext, work: (session: Session) => Promise<void>): Promise<void> {
    const { queryId } = context;
    if (this.running.has(queryId)) {
      const text = `Query with id = ${queryId} is already running.`;
      throw new ClickHouseError(216, 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING', text);
    }
    const done = this.runInTurn(context, work).finally(() => this.running.delete(queryId));
    this.running.set(queryId, done);
    return done;
  }

  /** Kills what runs and lets nothing new begin; resolves when the engine is idle. */
  async close(): Promise<void> {
    this.closing = true;
    for (const kill of this.kills) kill();
    await Promise.allSettled(this.running.values());
    for (const sessions of this.idle.values()) for (const session of sessions) session.close();
    this.idle.clear();
  }

  private async runInTurn(context: QueryContext, work: (session: Session) => Promise<void>): Promise<void> {
    if (this.active >= this.limit) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.active++;
    try {
      if (!context.gone.aborted && !this.closing) await this.runNow(context, work);
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.active--;
      else next(); // the turn passes on, the count stays
    }
  }

  private async runNow(context: QueryContext, work: (session: Session) => Promise<void>): Promise<void> {
    const { queryId, database, settings, gone, endsWithClient, leavesNoTrace } = context;
    const finished = new AbortController();
    const kill = (): void => void this.killUntil(finished.signal, queryId);
    this.kills.add(kill);
    if (endsWithClient) gone.addEventListener('abort', kill, { once: true });
    const isParameter = ([name]: [string, string]): boolean => name.startsWith('param_');
    const parameters = settings.filter(isParameter);
    const kept = settings.filter((setting) => !isParameter(setting));
    const likeness = JSON.stringify([database, kept, parameters.map(([name]) => name)]);
    const used = this.idle.get(likeness)?.pop();
    const session = used ?? this.engine.session();
    let reusable = false;
    try {
      // The engine gives every query an id of its own; the comment is the one mark of ours that KILL can find.
      const values: [string, string][] = [...parameters, ['log_comment', queryId]];
      const set = setStatement(used ? values : [...kept, ...values]);
      const isLong = set.length > DEFAULT_MAX_QUERY_SIZE / 4;
      if (isLong) await session.query(`SET max_query_size = ${set.length * 4}`);
      await session.query(set);
      if (!used && database !== null && database !== '')
        await session.query(`USE ${quoteIdentifier(database)}`);
      await work(session);
      reusable = leavesNoTrace && !isLong && !this.closing;
    } finally {
      finished.abort();
      this.kills.delete(kill);
      gone.removeEventListener('abort', kill);
      if (reusable) this.keep(likeness, session);
      else session.close();
    }
  }

  /** For the next request of its like; of many kinds the ones used longest ago go. */
  private keep(likeness: string, session: Session): void {
    const sessions = this.idle.get(likeness) ?? [];
    this.idle.delete(likeness); // to the end of the map's order
    this.idle.set(likeness, [...sessions, session]);
    const kept = [...this.idle.values()].reduce((sum, each) => sum + each.length, 0);
    if (kept <= MAX_IDLE) return;
    for (const [oldest, found] of this.idle) {
      found.shift()?.close();
      if (found.length === 0) this.idle.delete(oldest);
      return;
    }
  }

  /** Again and again, because the query may be about to begin when the first KILL looks for it. */
  private async killUntil(finished: AbortSignal, queryId: string): Promise<void> {
    while (!finished.aborted) {
      const kill = `KILL QUERY WHERE Settings['log_comment'] = ${quote(queryId)} ASYNC`;
      await this.engine.ask(kill).catch(() => undefined); // the next round tries again
      await delay(KILL_EVERY_MS);
    }
  }
}
