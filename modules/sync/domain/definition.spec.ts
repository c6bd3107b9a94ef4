import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/kernel/errors.js';
import { parseSyncDefinition } from './definition.js';

const lines = {
  name: 'name: health',
  model: 'model: insight_health',
  mode: 'mode: mirror',
  key: 'key: [deal]',
  target: 'target: { kind: postgres, table: insights.health }',
  mapping:
    'mapping: { deal: { type: uuid }, days: { to: daysInStage, type: integer }, seen: { type: instant } }',
  ignore: 'ignore: [seen]',
};
const node = 'target: { kind: graph, node: { label: Entity, existing: true } }';
const pair =
  'target: { kind: graph, relationship: { type: KNOWS, label: Entity, property: id, counter: version } }';
const text = (changes: Partial<Record<keyof typeof lines | 'extra', string>> = {}): string =>
  Object.values({ ...lines, ...changes }).join('\n');
const parse = (changes: Parameters<typeof text>[0]) => parseSyncDefinition(text(changes), 'health.yaml');

describe('parseSyncDefinition', () => {
  it('gives columns by target name, with what is compared', () => {
    expect(parse({})).toEqual({
      name: 'health',
      model: 'insight_health',
      mode: 'mirror',
      target: { kind: 'postgres', table: 'insights.health' },
      columns: [
        { source: 'days', target: 'daysInStage', type: 'integer', key: false, compared: true },
        { source: 'deal', target: 'deal', type: 'uuid', key: true, compared: false },
        { source: 'seen', target: 'seen', type: 'instant', key: false, compared: false },
      ],
      keys: [{ source: 'deal', target: 'deal', type: 'uuid', key: true, compared: false }],
      mappingHash: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('has one mapping hash for every order of the mapping, and another for another type, target or ignored column', () => {
    const hash = (changes: Parameters<typeof text>[0]): string => parse(changes).mappingHash;
    const reordered =
      'mapping: { seen: { type: instant }, days: { to: daysInStage, type: integer }, deal: { type: uuid } }';
    expect(hash({ mapping: reordered })).toBe(hash({}));
    expect(hash({ mode: 'mode: upsert', name: 'name: other' })).toBe(hash({}));
    const others = [
      hash({ mapping: lines.mapping.replace('integer', 'decimal') }),
      hash({ mapping: lines.mapping.replace('daysInStage', 'days') }),
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
    ['target', { target: 'target: { kind: slack, channel: x }' }],
    ['mapping.days.type', { mapping: 'mapping: { deal: { type: uuid }, days: { type: money } }' }],
    [
      'mapping.days.format',
      { mapping: 'mapping: { deal: { type: uuid }, days: { type: integer, format: x } }' },
    ],
    ['mapping.da"ys', { mapping: `mapping: { deal: { type: uuid }, 'da"ys': { type: integer } }` }],
    ['mapping.days.to', { mapping: 'mapping: { deal: { type: uuid }, days: { to: "a`b", type: integer } }' }],
    ['model', { model: 'model: raw_entities' }],
    ['mode', { mode: 'mode: append' }],
    ['key', { key: 'key: []' }],
    ['key', { key: 'key: [nowhere]' }],
    ['key', { key: 'key: [deal, deal]' }],
    ['ignore', { ignore: 'ignore: [nowhere]' }],
    ['ignore', { ignore: 'ignore: [deal]' }],
    ['mapping', { mapping: 'mapping: { deal: { type: uuid }, seen: { type: instant } }' }],
    ['mapping', { mapping: lines.mapping.replace('daysInStage', 'seen') }],
    ['mapping.days.to', { target: node }],
    ['mode', { target: node.replace('true', 'false') }],
    ['key', { target: pair }],
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
      'mapping: { deal: { to: from, type: uuid }, other: { to: to, type: uuid }, days: { to: version, type: integer } }';
    expect(() => parse({ target: pair, key: 'key: [deal, other]', mapping, ignore: '' })).toThrow(
      'target.relationship.counter',
    );
  });
});
