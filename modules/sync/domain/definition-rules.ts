import type { DefinitionFile } from './definition-file.js';

type Problem = [field: string, problem: string];

/** What contradicts itself in a file whose every part is well formed, each with the key to mend. Pure. */
export function* contradictions(file: DefinitionFile): Generator<Problem> {
  const targets = Object.keys(file.mapping);
  if ((file.model === undefined) === (file.sql === undefined))
    yield ['model', 'either model or sql is needed'];
  if (file.sql !== undefined && /;\s*\S/.test(file.sql)) yield ['sql', 'must be one SELECT'];
  if (new Set(file.key).size !== file.key.length) yield ['key', 'a column is listed twice'];
  const unmapped = file.key.find((key) => !targets.includes(key));
  if (unmapped !== undefined) yield ['key', `${unmapped} is not a target of the mapping`];
  const unknown = file.ignore.find((column) => !targets.includes(column));
  if (unknown !== undefined) yield ['ignore', `${unknown} is not a target of the mapping`];
  if (file.key.some((key) => file.ignore.includes(key))) yield ['ignore', 'a key column cannot be ignored'];
  if (!targets.some((column) => !file.key.includes(column) && !file.ignore.includes(column)))
    yield ['mapping', 'at least one column beside the key and the ignored ones is needed'];
  yield* columns(file);
  yield* scope(file, targets);
  yield* target(file, targets);
}

function* columns({ mapping, key }: DefinitionFile): Generator<Problem> {
  for (const [name, column] of Object.entries(mapping)) {
    const sources = [column.from, column.constant, column.template].filter((one) => one !== undefined);
    if (sources.length > 1) yield [`mapping.${name}`, 'has more than one of from, constant and template'];
    if (column.template !== undefined && column.type !== 'text')
      yield [`mapping.${name}.type`, 'a template gives text'];
    if ((column.nulls === 'set_if_empty') !== (column.default !== undefined))
      yield [`mapping.${name}.default`, 'belongs to nulls: set_if_empty, and it to a default'];
    if (key.includes(name) && (column.nulls !== 'send' || column.write !== 'overwrite'))
      yield [`mapping.${name}`, 'a key column has no null or write policy'];
    if (key.includes(name) && column.type === 'json') yield [`mapping.${name}.type`, 'json is no key'];
  }
}

function* scope(file: DefinitionFile, targets: string[]): Generator<Problem> {
  for (const [column, value] of Object.entries(file.scope)) {
    if (!targets.includes(column)) yield ['scope', `${column} is not a target of the mapping`];
    else if (file.mapping[column]?.constant !== value)
      yield [`scope.${column}`, `the mapping must send the constant ${JSON.stringify(value)} for it`];
  }
  if (Object.keys(file.scope).length > 0 && file.target.kind !== 'postgres')
    yield ['scope', 'belongs to a Postgres target'];
}

function* target(file: DefinitionFile, targets: string[]): Generator<Problem> {
  const written = targets.filter((column) => !file.key.includes(column));
  if (file.target.kind === 'postgres') {
    const { table, may_update: mayUpdate } = file.target;
    const own = table.startsWith('insights.');
    if (table.startsWith('insights_ops.')) yield ['target.table', 'is the ledger of this service'];
    if (own && mayUpdate !== undefined) yield ['target.may_update', 'belongs to a table of the product'];
    if (own) return;
    if (mayUpdate === undefined)
      yield [
        'target.table',
        'must be in schema insights, or list the columns that it may update in may_update',
      ];
    else if (file.mode !== 'update') yield ['mode', 'rows of the product are updated only: use update'];
    const forbidden = written.find((column) => mayUpdate !== undefined && !mayUpdate.includes(column));
    if (forbidden !== undefined) yield [`mapping.${forbidden}`, 'is not listed in may_update'];
    return;
  }
  const policies = Object.entries(file.mapping).find(
    ([, column]) => column.write === 'fill_empty' || column.nulls === 'set_if_empty',
  );
  if (file.target.kind === 'webhook') {
    if (policies !== undefined)
      yield [`mapping.${policies[0]}`, 'a webhook cannot know what its receiver holds'];
    if (file.mode === 'update' || file.mode === 'insert')
      yield ['mode', 'a webhook cannot know which rows its receiver holds: use upsert or mirror'];
    return;
  }
  if ('relationship' in file.target) {
    if (file.key.join() !== 'from,to') yield ['key', 'a relationship has the key [from, to]'];
    if (file.mapping['from']?.type !== file.mapping['to']?.type)
      yield ['key', 'both ends of a relationship have one type'];
    const { counter } = file.target.relationship;
    if (counter !== undefined && targets.includes(counter))
      yield ['target.relationship.counter', 'is also mapped'];
    return;
  }
  const { existing } = file.target.node;
  const foreign = written.find((column) => !column.startsWith('insight'));
  // On a node of the product this service owns the properties that begin with `insight`, and no other.
  if (existing && foreign !== undefined)
    yield [`mapping.${foreign}`, 'a property on an existing node begins with insight'];
  if (existing && file.mode === 'insert')
    yield ['mode', 'existing nodes are not inserted: use update or mirror'];
  if (!existing && file.mode === 'mirror')
    yield ['mode', 'nodes that a sync creates are never deleted: use upsert'];
}
