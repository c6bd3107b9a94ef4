import { z } from 'zod';
import { AppError } from '../../../../src/kernel/errors.js';
import { identifier, literal } from '../../../../src/kernel/sql-text.js';
import type { ClickHouse, QueryParams } from '../../../../src/platform/clickhouse/clickhouse.js';
import { readStatement } from '../../../../src/platform/sql-file.js';
import type {
  ChangeStore,
  RowRange,
  Selection,
  StagedChanges,
  TargetProblem,
} from '../../application/ports.js';
import { isWhole } from '../../application/selection.js';
import type { SyncDefinition } from '../../domain/definition.js';
import { fill } from '../fill.js';
import { diffExpressions } from './diff-sql.js';
import { openSource, type OpenSource, sourceProblems } from './model-source.js';
import { renderSelection, resends } from './selection-sql.js';
import { StagedTable } from './staged-table.js';

const sql = {
  difference: readStatement(import.meta.url, './sql/difference.sql'),
  changedRows: readStatement(import.meta.url, './sql/changed_rows.sql'),
  goneRows: readStatement(import.meta.url, './sql/gone_rows.sql'),
  createStage: readStatement(import.meta.url, './sql/create_stage.sql'),
  createAside: readStatement(import.meta.url, './sql/create_aside.sql'),
  stageRows: readStatement(import.meta.url, './sql/stage_rows.sql'),
  countStage: readStatement(import.meta.url, './sql/count_stage.sql'),
  sourceCounts: readStatement(import.meta.url, './sql/source_counts.sql'),
  stageTables: readStatement(import.meta.url, './sql/stage_tables.sql'),
  underWay: readStatement(import.meta.url, './sql/under_way.sql'),
};

/** An unmatched side of a join is zeros, and a model that replaces rows shows the last ones. */
export const DIFF_SETTINGS = { join_use_nulls: 0, final: 1 } as const;
/** What a row that is to be deleted has; its mapped columns stay empty. */
const KEY_COLUMNS = '(seq, op, reason, key_hash, record_key, row_hash, generation)';
const NO_LIMIT = '18446744073709551615';
/** Tables beside a stage, by the end of their name. */
const COMPANIONS = ['_aside', '_difference', '_source', '_preview'];
/** A plan's tables live for the seconds it takes; what is older was left behind by a process that ended. */
const PLAN_TABLE_HOURS = 6;

const owner = z.object({
  sync: z.string(),
  runId: z.string(),
  token: z.string(),
  mappingHash: z.string(),
  madeAt: z.string(),
});
export type StageOwner = z.infer<typeof owner>;

const stagedCount = z.object({
  op: z.enum(['insert', 'update', 'delete', 'reject']),
  reason: z.string(),
  rows: z.coerce.number(),
  first: z.coerce.number(),
  last: z.coerce.number(),
});
const sourceCount = z.object({
  model: z.coerce.number(),
  inserts: z.coerce.number(),
  updates: z.coerce.number(),
  gone: z.coerce.number(),
  unsendable: z.coerce.number(),
  refused: z.coerce.number(),
});

/** Key and row hashes of the model against `sync_state`; rows never leave ClickHouse until they are sent. */
export class ClickHouseChangeStore implements ChangeStore {
  constructor(private readonly clickhouse: ClickHouse) {}

  async check(definition: SyncDefinition): Promise<TargetProblem[]> {
    return await sourceProblems(this.clickhouse, definition);
  }

  /** @throws AppError transient `model_changed` when the model was exchanged while it was read, three times in a row. */
  async stage(
    definition: SyncDefinition,
    run: { runId: string; token: string },
    selection: Selection,
  ): Promise<StagedChanges> {
    for (let attempt = 1; ; attempt++) {
      const source = await openSource(this.clickhouse, definition, stageName(definition.name, run));
      try {
        const changes = await this.stageOnce(definition, source, run, selection);
        if (await source.same()) return changes;
        await changes.drop();
        if (attempt === 3) throw modelChanged(definition);
      } finally {
        await source.close();
      }
    }
  }

  private async stageOnce(
    definition: SyncDefinition,
    source: OpenSource,
    run: { runId: string; token: string },
    selection: Selection,
  ): Promise<StagedTable> {
    const stage = stageName(definition.name, run);
    const names = {
      stage: identifier(stage),
      difference: identifier(`${stage}_difference`),
      aside: identifier(`${stage}_aside`),
    };
    const rendered = renderDiff(definition, source.table, names.difference, selection);
    const params = { sync: definition.name, ...rendered.params };
    const command = (statement: string, more: QueryParams = {}) =>
      this.clickhouse.command(statement, { ...params, ...more }, { settings: DIFF_SETTINGS });
    for (const table of Object.values(names)) await command(`DROP TABLE IF EXISTS ${table}`);
    const about: StageOwner = {
      sync: definition.name,
      ...run,
      mappingHash: definition.mappingHash,
      madeAt: new Date().toISOString(),
    };
    try {
      await command(rendered.difference);
      const rows = rendered.changed('1');
      await command(
        fill(sql.createStage, { stage: names.stage, owner: literal(JSON.stringify(about)), rows }),
      );
      await command(fill(sql.createAside, { aside: names.aside }));
      const counted = await this.clickhouse.row(
        fill(sql.sourceCounts, {
          source: source.table,
          difference: names.difference,
          wanted: rendered.wanted,
        }),
        params,
        sourceCount,
        { settings: DIFF_SETTINGS },
      );
      const ranges: RowRange[] = [];
      let first = 1;
      let left = selection.limit ?? Number.POSITIVE_INFINITY;
      const add = async (rows: string, kind: RowRange['kind'] | 'reject'): Promise<void> => {
        const limit = kind === 'reject' || left === Number.POSITIVE_INFINITY ? NO_LIMIT : String(left);
        const columns = kind === 'delete' ? KEY_COLUMNS : '';
        // Under a limit the same rows are first every time, or a plan would not find its own again.
        const order = limit === NO_LIMIT ? '' : 'ORDER BY key_hash';
        await command(fill(sql.stageRows, { stage: names.stage, columns, rows, order }), { first, limit });
        const to = await this.nextSeq(names.stage);
        if (to > first && kind !== 'reject') {
          // Deletes go first: a row that comes back under another key finds its unique columns free.
          if (kind === 'delete') ranges.unshift({ from: first, to, kind });
          else ranges.push({ from: first, to, kind });
          left -= to - first;
        }
        first = to;
      };
      // Rows that were refused before and have not changed since go last, so that they hold up no others.
      const again = `(key_hash, row_hash) IN (SELECT key_hash, payload_hash FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at))`;
      await add(rendered.changed(counted.refused > 0 ? `NOT (${again})` : '1'), 'upsert');
      if (counted.refused > 0 && left > 0) await add(rendered.changed(again), 'upsert');
      if (counted.gone > 0 && left > 0) await add(rendered.gone, 'delete');
      if (counted.unsendable > 0) await add(rendered.refused, 'reject');
      const counts = await this.counts(names.stage, counted);
      return new StagedTable(this.clickhouse, definition, names, about, {
        counts,
        ranges,
        whole: isWhole(selection),
      });
    } catch (error) {
      for (const table of Object.values(names))
        await command(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined);
      throw error;
    } finally {
      await command(`DROP TABLE IF EXISTS ${names.difference}`).catch(() => undefined);
    }
  }

  private async nextSeq(stage: string): Promise<number> {
    const row = z.object({ next: z.coerce.number(), gaps: z.coerce.number() });
    const query = `SELECT max(seq) + 1 AS next, max(seq) - count() AS gaps FROM ${stage}`;
    const { next, gaps } = await this.clickhouse.row(query, {}, row);
    if (gaps === 0) return next;
    throw new AppError({
      class: 'bug',
      source: 'sync',
      code: 'stage_gap',
      message: `The staged rows are not numbered one after the other: ${gaps} numbers are missing.`,
    });
  }

  private async counts(stage: string, counted: z.infer<typeof sourceCount>) {
    const rows = await this.clickhouse.rows(fill(sql.countStage, { stage }), {}, stagedCount);
    const sum = (wanted: (row: z.infer<typeof stagedCount>) => boolean): number =>
      rows.filter(wanted).reduce((total, row) => total + row.rows, 0);
    const insert = sum((row) => row.op === 'insert');
    const update = sum((row) => row.op === 'update');
    const gone = sum((row) => row.op === 'delete');
    const reject = sum((row) => row.op === 'reject');
    // Of the rows that were looked at, before a limit cut them.
    const unchanged = Math.max(0, counted.model - counted.inserts - counted.updates - reject);
    return {
      insert,
      update,
      delete: gone,
      reject,
      unchanged,
      remapped: sum((row) => row.op === 'update' && row.reason === 'mapping_changed'),
      requested: sum((row) => row.op === 'update' && row.reason === 'requested'),
      model: counted.model,
      // A key is confirmed when the difference finds it so: in both, or in the state alone.
      confirmed: unchanged + counted.updates + counted.gone,
    };
  }

  async dropStale(sync: string, token: string): Promise<void> {
    const row = z.object({ name: z.string(), comment: z.string() });
    const tables = await this.clickhouse.rows(sql.stageTables, {}, row);
    for (const { name, comment } of tables) {
      const about = parseOwner(comment);
      if (about === null ? !isOlderCompanion(name, sync, token) : !isStale(about, sync, token)) continue;
      if (about !== null && about.token !== '0') await this.noteUnderWay(name, about);
      for (const table of [name, ...COMPANIONS.map((companion) => `${name}${companion}`)])
        await this.clickhouse.command('DROP TABLE IF EXISTS {table: Identifier}', { table });
    }
  }

  /** A killed run may have asked the target for any of its rows. */
  private async noteUnderWay(stage: string, about: StageOwner): Promise<void> {
    const aside = await this.clickhouse.rows(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND name = {name: String}`,
      { name: `${stage}_aside` },
      z.object({ name: z.string() }),
    );
    const statement = fill(sql.underWay, {
      stage: identifier(stage),
      aside: aside.length > 0 ? identifier(`${stage}_aside`) : '(SELECT toUInt64(0) AS seq)',
    });
    await this.clickhouse.command(statement, {
      sync: about.sync,
      mapping_hash: about.mappingHash,
      run_id: about.runId,
      token: about.token,
      from: 0,
      to: NO_LIMIT,
    });
  }
}

/** The token is part of the name: two workers that execute one run, one after the other, never share a table. */
const stageName = (sync: string, { runId, token }: { runId: string; token: string }): string =>
  `sync_stage_${runId.replaceAll('-', '')}_${token}_${sync}`;

/** What an older holder of the lease left behind, or a plan whose process ended. */
function isStale(about: StageOwner, sync: string, token: string): boolean {
  if (about.token === '0') return (Date.now() - Date.parse(about.madeAt)) / 3_600_000 >= PLAN_TABLE_HOURS;
  return about.sync === sync && BigInt(about.token) < BigInt(token);
}

/** A table beside a stage that was killed before the stage itself was there. */
function isOlderCompanion(name: string, sync: string, token: string): boolean {
  const [, itsToken, rest] = /^sync_stage_[0-9a-f]{32}_(\d+)_(.+)$/.exec(name) ?? [];
  if (itsToken === undefined || itsToken === '0' || BigInt(itsToken) >= BigInt(token)) return false;
  return COMPANIONS.some((companion) => rest === `${sync}${companion}`);
}

function parseOwner(comment: string): StageOwner | null {
  try {
    return owner.parse(JSON.parse(comment));
  } catch {
    return null;
  }
}

/** The statements of a difference, and the parameters that they need beside `sync`. */
function renderDiff(definition: SyncDefinition, source: string, difference: string, selection: Selection) {
  const { values, keyHash, rowHash, recordKey, keyMissing } = diffExpressions(definition);
  const { condition, params } = renderSelection(selection);
  const sent = definition.mode === 'insert' ? "'insert'" : "'insert', 'update'";
  const rows = { source, values, key_hash: keyHash, record_key: recordKey, difference };
  return {
    params: {
      mapping_hash: definition.mappingHash,
      mirror: definition.mode === 'mirror',
      insert_only: definition.mode === 'insert',
      resend: resends(selection),
      ...params,
    },
    wanted: condition({ keyHash, recordKey }),
    difference: fill(sql.difference, {
      table: difference,
      source,
      key_hash: keyHash,
      row_hash: rowHash,
      key_missing: keyMissing,
      wanted_model: condition({ keyHash, recordKey }),
      wanted_state: condition({ keyHash: 'key_hash', recordKey: 'record_key' }),
      ops: `${sent}, 'delete', 'reject'`,
    }),
    changed: (retried: string) => fill(sql.changedRows, { ...rows, ops: sent, retried }),
    gone: fill(sql.goneRows, { difference }),
    refused: fill(sql.changedRows, { ...rows, ops: "'reject'", retried: '1' }),
  };
}

function modelChanged({ name }: SyncDefinition): AppError {
  return new AppError({
    class: 'transient',
    source: 'sync',
    code: 'model_changed',
    message: `The model of sync ${name} was built anew while it was read, three times; run the sync again when the build is done.`,
  });
}
