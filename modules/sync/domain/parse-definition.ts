import { createHash } from 'node:crypto';
import { parse as parseYaml } from 'yaml';
import { AppError } from '../../../src/kernel/errors.js';
import type { MappedColumn, SyncDefinition, TargetDescription, Trigger, ValueSource } from './definition.js';
import { type DefinitionFile, fileSchema } from './definition-file.js';
import { contradictions } from './definition-rules.js';

/**
 * One definition file, parsed and checked. Pure.
 * @throws AppError configuration `invalid_sync_definition`, naming the file and the key to mend.
 */
export function parseSyncDefinition(text: string, file: string): SyncDefinition {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (error) {
    throw invalid(file, 'the file', error instanceof Error ? error.message : String(error));
  }
  const parsed = fileSchema.safeParse(document);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const path =
      issue === undefined ? [] : [...issue.path, ...(issue.code === 'unrecognized_keys' ? issue.keys : [])];
    throw invalid(file, path.length === 0 ? 'the file' : path.join('.'), issue?.message ?? 'does not parse');
  }
  for (const [field, problem] of contradictions(parsed.data)) throw invalid(file, field, problem);
  return toDefinition(parsed.data);
}

/** The definition of a checked file. Pure. */
function toDefinition(file: DefinitionFile): SyncDefinition {
  const { name, description, owner, tags, mode, key, ignore, overlap } = file;
  const columns = Object.entries(file.mapping)
    .map(([target, mapped]): MappedColumn => {
      const isKey = key.includes(target);
      return {
        target,
        type: mapped.type,
        source: pairEnd(file, target) ?? valueSource(target, mapped),
        key: isKey,
        compared: !isKey && !ignore.includes(target),
        nulls: mapped.nulls,
        ...(mapped.default === undefined ? {} : { default: mapped.default }),
        write: mapped.write,
      };
    })
    .sort((a, b) => (a.target < b.target ? -1 : 1));
  const definition = {
    name,
    description,
    owner,
    tags,
    source:
      file.sql === undefined
        ? { kind: 'model' as const, model: file.model ?? '' }
        : { kind: 'sql' as const, sql: file.sql },
    mode,
    scope: Object.entries(file.scope)
      .map(([column, value]) => ({ column, value }))
      .sort((a, b) => (a.column < b.column ? -1 : 1)),
    target: describeTarget(file.target),
    columns,
    keys: key.flatMap((target) => columns.filter((column) => column.target === target)),
    trigger: describeTrigger(file),
    guard: file.guard,
    ...(file.batch_size === undefined ? {} : { batchSize: file.batch_size }),
    ...(file.rate_limit === undefined
      ? {}
      : { rateLimit: { account: file.rate_limit.account, perSecond: file.rate_limit.per_second } }),
    overlap,
  };
  return { ...definition, mappingHash: hashMapping(definition) };
}

function valueSource(target: string, mapped: DefinitionFile['mapping'][string]): ValueSource {
  if (mapped.constant !== undefined) return { kind: 'constant', text: mapped.constant };
  if (mapped.template === undefined) return { kind: 'column', column: mapped.from ?? target };
  const parts = mapped.template
    .split(/(\{\{\s*\w+\s*\}\})/)
    .flatMap((part): ({ text: string } | { column: string })[] => {
      const [column] = sourceColumns(part);
      if (column !== undefined) return [{ column }];
      return part === '' ? [] : [{ text: part }];
    });
  return { kind: 'template', parts };
}

/** The ends of a relationship are ordered where its key is made, so that a pair is one row whichever way the model names it. */
function pairEnd({ target, mapping }: DefinitionFile, name: string): ValueSource | undefined {
  if (!('relationship' in target) || (name !== 'from' && name !== 'to')) return undefined;
  const ends = [mapping['from'], mapping['to']].map((end, index) =>
    end === undefined || end.constant !== undefined || end.template !== undefined
      ? undefined
      : (end.from ?? ['from', 'to'][index]),
  );
  const [from, to] = ends;
  if (from === undefined || to === undefined) return undefined;
  return { kind: 'end', of: [from, to], pick: name === 'from' ? 'smaller' : 'larger' };
}

function describeTarget(target: DefinitionFile['target']): TargetDescription {
  if (target.kind === 'webhook') return target;
  if (target.kind === 'postgres') {
    const { may_update: mayUpdate, ...table } = target;
    return mayUpdate === undefined ? table : { ...table, mayUpdate };
  }
  if ('node' in target) return { kind: 'graph', shape: 'node', ...target.node };
  return { kind: 'graph', shape: 'relationship', ...target.relationship };
}

function describeTrigger({ trigger, model }: DefinitionFile): Trigger {
  if (trigger === 'manual') return { kind: 'manual' };
  if (trigger === undefined)
    return model === undefined ? { kind: 'manual' } : { kind: 'after', models: [model] };
  return 'cron' in trigger
    ? { kind: 'cron', cron: trigger.cron, zone: trigger.zone }
    : { kind: 'after', models: trigger.after };
}

/** 16 digits for where a key lies (target, scope, key columns), 16 for everything that is sent. */
function hashMapping({ target, scope, columns, keys }: Omit<SyncDefinition, 'mappingHash'>): string {
  const digest = (what: unknown): string =>
    createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 16);
  const place = [target, scope, keys.map(({ target: key, type }) => [key, type])];
  return digest(place) + digest([place, columns]);
}

/** The columns that a template names. Pure. */
function sourceColumns(template: string): string[] {
  return [...template.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, column = '']) => column);
}

function invalid(file: string, key: string, problem: string): AppError {
  return new AppError({
    class: 'configuration',
    source: 'sync',
    code: 'invalid_sync_definition',
    message: `Sync definition ${file}, ${key}: ${problem}.`,
  });
}
