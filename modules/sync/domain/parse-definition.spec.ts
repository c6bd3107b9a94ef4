import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import { parseSyncDefinition } from './parse-definition.js';

const lines = {
  name: 'name: health',
  model: 'model: insight_health',
  mode: 'mode: mirror',
  key: 'key: [deal]',
  target: 'target: { kind: postgres, table: insights.health }',
  mapping: 'mapping: { deal: uuid, daysInStage: { from: days, type: integer }, seen: { type: instant } }',
  ignore: 'ignore: [seen]',
};
const node = 'target: { kind: graph, node: { label: Entity, existing: true } }';
const hook = 'target: { kind: webhook, url: https://example.com/hook, secret: CRM }';
const pair =
  'target: { kind: graph, relationship: { type: KNOWS, label: Entity, property: id, counter: version } }';
const text = (changes: Partial<Record<keyof typeof lines | 'extra', string>> = {}): string =>
  Object.values({ ...lines, ...changes }).join('\n');
const parse = (changes: Parameters<typeof text>[0]) => parseSyncDefinition(text(changes), 'health.yaml');

describe('parseSyncDefinition', () => {
  it('gives columns by target name, with what is compared', () => {
    const plain = { compared: true, key: false, nulls: 'send', write: 'overwrite' };
    const deal = {
      ...plain,
      target: 'deal',
      type: 'uuid',
      source: { kind: 'column', column: 'deal' },
      key: true,
      compared: false,
    };
    expect(parse({})).toEqual({
      name: 'health',
      description: '',
      owner: '',
      tags: [],
      source: { kind: 'model', model: 'insight_health' },
      mode: 'mirror',
      scope: [],
      target: { kind: 'postgres', table: 'insights.health' },
      columns: [
        { ...plain, target: 'daysInStage', type: 'integer', source: { kind: 'column', column: 'days' } },
        deal,
        {
          ...plain,
          target: 'seen',
          type: 'instant',
          source: { kind: 'column', column: 'seen' },
          compared: false,
        },
      ],
      keys: [deal],
      trigger: { kind: 'after', models: ['insight_health'] },
      guard: { deletes: { share: 0.2, at_least: 10 }, empty: 'hold' },
      overlap: 'queue',
      mappingHash: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('reads constants, templates, policies, triggers, guards and limits', () => {
    const definition = parse({
      mapping:
        "mapping: { deal: uuid, daysInStage: { from: days, type: integer, nulls: set_if_empty, default: '0' }, seen: { from: seen, type: instant }, origin: { constant: ours, type: text, write: fill_empty }, label: { template: '{{ days }} days in {{stage}}', type: text, nulls: skip } }",
      extra:
        'trigger: { cron: 0 7 * * 1-5, zone: Europe/Zurich }\nguard: { creates: { rows: 5 }, updates: { share: 0.5, at_least: 100 }, empty: allow }\nbatch_size: 500\nrate_limit: { account: crm, per_second: 10 }\noverlap: skip\nscope: { origin: ours }',
    });
    expect(definition).toMatchObject({
      trigger: { kind: 'cron', cron: '0 7 * * 1-5', zone: 'Europe/Zurich' },
      guard: {
        creates: { rows: 5, at_least: 10 },
        updates: { share: 0.5, at_least: 100 },
        deletes: { share: 0.2, at_least: 10 },
        empty: 'allow',
      },
      batchSize: 500,
      rateLimit: { account: 'crm', perSecond: 10 },
      overlap: 'skip',
      scope: [{ column: 'origin', value: 'ours' }],
    });
    expect(definition.columns.find(({ target }) => target === 'label')).toMatchObject({
      source: {
        kind: 'template',
        parts: [{ column: 'days' }, { text: ' days in ' }, { column: 'stage' }],
      },
      nulls: 'skip',
    });
    expect(definition.columns.find(({ target }) => target === 'daysInStage')).toMatchObject({
      nulls: 'set_if_empty',
      default: '0',
    });
  });

  it('has one mapping hash for every order of the mapping, and another for another type, target or ignored column', () => {
    const hash = (changes: Parameters<typeof text>[0]): string => parse(changes).mappingHash;
    const reordered =
      'mapping: { seen: { type: instant }, daysInStage: { from: days, type: integer }, deal: { type: uuid } }';
    expect(hash({ mapping: reordered })).toBe(hash({}));
    expect(hash({ mode: 'mode: upsert', name: 'name: other' })).toBe(hash({}));
    const others = [
      hash({ mapping: lines.mapping.replace('integer', 'decimal') }),
      hash({ mapping: lines.mapping.replace('daysInStage', 'days') }),
      hash({ mapping: lines.mapping.replace('integer', 'integer, nulls: skip') }),
      hash({ target: 'target: { kind: postgres, table: insights.other }' }),
      hash({ ignore: '' }),
      hash({}),
    ];
    expect(new Set(others).size).toBe(others.length);
  });

  it.each<[key: string, changes: Parameters<typeof text>[0]]>([
    ['schedule', { extra: 'schedule: daily' }],
    ['target.truncate', { target: 'target: { kind: postgres, table: insights.health, truncate: true }' }],
    ['target.table', { target: 'target: { kind: postgres, table: product.entities }' }],
    ['target.table', { target: 'target: { kind: postgres, table: insights_ops.signals }' }],
    ['target', { target: 'target: { kind: slack, channel: x }' }],
    ['mapping.days', { mapping: 'mapping: { deal: uuid, days: money }' }],
    ['mapping.days.format', { mapping: 'mapping: { deal: uuid, days: { type: integer, format: x } }' }],
    ['mapping.da"ys', { mapping: `mapping: { deal: uuid, 'da"ys': integer }` }],
    ['mapping.days.from', { mapping: 'mapping: { deal: uuid, days: { from: "a`b", type: integer } }' }],
    [
      'mapping.days',
      { mapping: 'mapping: { deal: uuid, days: { from: a, constant: b, type: text }, seen: instant }' },
    ],
    [
      'mapping.days.type',
      { mapping: "mapping: { deal: uuid, days: { template: '{{a}}', type: integer }, seen: instant }" },
    ],
    [
      'mapping.days.default',
      { mapping: 'mapping: { deal: uuid, days: { type: text, nulls: set_if_empty }, seen: instant }' },
    ],
    [
      'mapping.days.default',
      { mapping: 'mapping: { deal: uuid, days: { type: text, default: x }, seen: instant }' },
    ],
    [
      'mapping.deal',
      { mapping: 'mapping: { deal: { type: uuid, nulls: skip }, days: integer, seen: instant }' },
    ],
    ['mapping.deal.type', { mapping: 'mapping: { deal: json, days: integer, seen: instant }' }],
    ['model', { model: 'model: raw_entities' }],
    ['model', { model: '' }],
    ['model', { extra: 'sql: SELECT 1' }],
    ['sql', { model: 'sql: SELECT 1; DROP TABLE x' }],
    ['mode', { mode: 'mode: append' }],
    ['key', { key: 'key: []' }],
    ['key', { key: 'key: [nowhere]' }],
    ['key', { key: 'key: [deal, deal]' }],
    ['ignore', { ignore: 'ignore: [nowhere]' }],
    ['ignore', { ignore: 'ignore: [deal]' }],
    ['mapping', { mapping: 'mapping: { deal: uuid, seen: instant }' }],
    ['scope', { extra: 'scope: { nowhere: x }' }],
    ['scope.daysInStage', { extra: "scope: { daysInStage: '1' }" }],
    ['trigger.zone', { extra: 'trigger: { cron: 0 7 * * *, zone: Mars }' }],
    ['trigger', { extra: 'trigger: sometimes' }],
    ['guard.deletes.share', { extra: 'guard: { deletes: { share: 20 } }' }],
    ['mapping.daysInStage', { target: node }],
    ['mode', { target: node.replace('true', 'false') }],
    ['key', { target: pair }],
    ['mode', { target: 'target: { kind: postgres, table: product.deals, may_update: [daysInStage, seen] }' }],
    [
      'mapping.seen',
      {
        mode: 'mode: update',
        target: 'target: { kind: postgres, table: product.deals, may_update: [daysInStage] }',
      },
    ],
    [
      'target.may_update',
      { target: 'target: { kind: postgres, table: insights.health, may_update: [seen] }' },
    ],
    ['mode', { mode: 'mode: update', target: hook }],
    [
      'mapping.daysInStage',
      { target: hook, mapping: lines.mapping.replace('integer', 'integer, write: fill_empty') },
    ],
    ['the file', { name: 'name: [' }],
  ])('refuses a mistake, naming the file and %s', (key, changes) => {
    let caught: unknown;
    try {
      parse(changes);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(AppError);
    expect(caught).toMatchObject({ class: 'configuration', source: 'sync', code: 'invalid_sync_definition' });
    expect(String(caught)).toContain(`health.yaml, ${key}: `);
  });

  it('refuses a counter that is mapped too', () => {
    const mapping =
      'mapping: { from: { from: deal, type: uuid }, to: { from: other, type: uuid }, version: integer }';
    expect(() => parse({ target: pair, key: 'key: [from, to]', mapping, ignore: '' })).toThrow(
      'target.relationship.counter',
    );
  });
});
