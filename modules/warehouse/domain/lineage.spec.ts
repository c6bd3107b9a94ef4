import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { asMermaid, asText, downstreamOf, inBuildOrder, select, upstreamOf } from './lineage.js';

const node = (name: string, ...reads: string[]) => ({ name, reads });
const RAW = new Set(['raw_a', 'raw_b']);
const MODELS = [
  node('agg', 'fact', 'dim'),
  node('beside', 'raw_b'),
  node('dim', 'raw_a'),
  node('fact', 'dim', 'raw_b'),
];

describe('inBuildOrder', () => {
  it('puts every model after what it reads, ties by name', () => {
    expect(inBuildOrder(MODELS, RAW).map(({ name }) => name)).toEqual(['dim', 'fact', 'agg', 'beside']);
  });

  it('does so for any graph without a circle, however it is written down', () => {
    const graph = fc
      .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
      .map((edges) =>
        edges.map((reads, index) =>
          node(`m${index}`, ...new Set(index === 0 ? [] : reads.map((of) => `m${of % index}`))),
        ),
      )
      .chain((nodes) => fc.shuffledSubarray(nodes, { minLength: nodes.length }));
    fc.assert(
      fc.property(graph, (nodes) => {
        const order = inBuildOrder(nodes, new Set()).map(({ name }) => name);
        expect([...order].sort()).toEqual(nodes.map(({ name }) => name).sort());
        for (const { name, reads } of nodes)
          for (const upstream of reads) expect(order.indexOf(upstream)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  it('refuses a circle and names it', () => {
    expect(() => inBuildOrder([node('a', 'c'), node('b', 'a'), node('c', 'b')], RAW)).toThrow(
      'models read each other: a <- c <- b <- a',
    );
    expect(() => inBuildOrder([node('a', 'a')], RAW)).toThrow('a <- a');
  });

  it('refuses a table that nobody makes', () => {
    expect(() => inBuildOrder([node('a', 'raw_c')], RAW)).toThrow('model a reads raw_c, which nobody makes');
  });
});

describe('lineage', () => {
  it('walks both ways', () => {
    expect([...downstreamOf(MODELS, ['raw_b'])].sort()).toEqual(['agg', 'beside', 'fact']);
    expect([...upstreamOf(MODELS, ['fact'])].sort()).toEqual(['dim', 'raw_a', 'raw_b']);
  });

  it.each([
    [['fact'], ['fact']],
    [['fact+'], ['agg', 'fact']],
    [['+fact'], ['dim', 'fact']],
    [['+fact+'], ['agg', 'dim', 'fact']],
    [
      ['beside', 'dim'],
      ['beside', 'dim'],
    ],
  ])('selects %p as %p', (selection, names) => {
    expect([...select(MODELS, selection)].sort()).toEqual(names);
  });

  it('refuses a selection of what is not there', () => {
    expect(() => select(MODELS, ['facts+'])).toThrow('there is no model facts');
  });

  it('draws itself', () => {
    expect(asMermaid([node('alone'), node('dim', 'raw_a')])).toBe('flowchart LR\n  alone\n  raw_a --> dim');
    expect(asText([node('dim', 'raw_a'), node('fact', 'dim')])).toBe(
      'dim\n  reads   raw_a\n  read by fact\nfact\n  reads   dim',
    );
  });
});
