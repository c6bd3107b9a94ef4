import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterSnapshots,
  attack,
  attackByTenant,
  difference,
  type Exposure,
  ladder,
  months,
  onboarding,
  type Peer,
  type Publication,
  publicationOf,
} from './__fixtures__/attacker.js';
import { type EarlierPanels, type Panels, publishCohorts } from './cohorts.js';

/** n members of a cell, each of its own tenant. */
function cell(
  n: number,
  industry: string,
  tier: string,
  entityType = 'brand',
  name = industry + tier,
): Peer[] {
  return Array.from({ length: n }, (_, i) => ({
    entityId: `${name}-${i}`,
    tenantId: `${name}-${i}`,
    entityType,
    industry,
    tier,
    value: i,
  }));
}

function nameFor(members: Peer[], entity: Peer, earlier?: EarlierPanels<Peer>): string | undefined {
  return publishCohorts<Peer>(members, earlier).cohortOf(entity)?.name;
}

const panelsOf = (members: Peer[], earlier?: EarlierPanels<Peer>): Panels<Peer> =>
  new Map(publishCohorts<Peer>(members, earlier).cohorts.map(({ key, panel }) => [key, panel]));

describe('publishCohorts', () => {
  const fashion = cell(1, 'fashion', 'enterprise')[0]!;

  it('takes the narrowest level with ten entities', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    expect(nameFor(ten, fashion)).toBe('brand|fashion|enterprise');
    expect(nameFor([...ten.slice(1), ...cell(1, 'fashion', 'individual')], fashion)).toBe('brand|fashion|*');
    expect(nameFor([...ten.slice(1), ...cell(1, 'food', 'enterprise')], fashion)).toBe('brand|*|enterprise');
    expect(nameFor([...ten.slice(1), ...cell(1, 'food', 'individual')], fashion)).toBe('brand|*|*');
    expect(nameFor(ten.slice(1), fashion)).toBeUndefined();
  });

  it('never mixes entity types', () => {
    const content = cell(50, 'fashion', 'enterprise', 'content', 'content');
    expect(nameFor([...cell(9, 'fashion', 'enterprise'), ...content], fashion)).toBeUndefined();
  });

  it('needs ten tenants, none of which holds more than a quarter', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    const nineTenants = ten.map((member, i) =>
      i === 9 ? { ...member, tenantId: ten[0]!.tenantId } : member,
    );
    expect(nameFor(nineTenants, fashion)).toBeUndefined();
    expect(nameFor([...nineTenants, ...cell(1, 'fashion', 'individual')], fashion)).toBe('brand|fashion|*');
    const ownedBy = (n: number) =>
      cell(16, 'food', 'enterprise').map((member, i) => (i < n ? { ...member, tenantId: 'group' } : member));
    expect(nameFor(ownedBy(4), ownedBy(4)[0]!)).toBe('brand|food|enterprise');
    expect(nameFor(ownedBy(5), ownedBy(5)[0]!)).toBeUndefined();
  });

  it('does not count entities without a value', () => {
    const ten = cell(10, 'fashion', 'enterprise');
    const nine = ten.map((member, i) => (i === 0 ? { ...member, value: null } : member));
    expect(nameFor(nine, fashion)).toBeUndefined();
    const more = cell(1, 'fashion', 'enterprise', 'brand', 'more');
    expect(nameFor([...nine, ...more], nine[0]!)).toBe('brand|fashion|enterprise');
  });

  it('keeps apart industries that contain a bar or are called *', () => {
    const odd: Peer = {
      entityId: 'odd',
      tenantId: 't',
      entityType: 'brand',
      industry: 'a|b',
      tier: 'c',
      value: 1,
    };
    expect(nameFor([...cell(10, 'a', 'b|c'), odd], odd)).toBeUndefined();
    expect(nameFor([...cell(30, 'a', 'b|c').slice(0, 9), odd], odd)).toBe('brand|*|*');
    const star = { ...odd, industry: '*', tier: 'individual' };
    expect(publishCohorts([...cell(12, '*', 'enterprise'), star]).cohortOf(star)).toBeNull();
  });

  it('does not publish an industry beside a cohort of its own that three entities tell from it', () => {
    const world = [
      ...cell(12, 'fashion', 'enterprise'),
      ...cell(3, 'fashion', 'individual'),
      ...cell(12, 'food', 'individual'),
    ];
    const { cohorts, cohortOf } = publishCohorts(world);
    expect(cohorts.map(({ name, panel }) => [name, panel.length])).toEqual([
      ['brand|fashion|enterprise', 12],
      ['brand|food|individual', 12],
      ['brand|*|*', 27],
    ]);
    // The three are too few for their industry (15 - 12) and their tier (15 - 12), so they read the platform.
    expect(cohortOf(world[12]!)?.name).toBe('brand|*|*');
    expect(cohorts[0]!.parent?.name).toBe('brand|*|*');
  });

  it('serves a group of 200,000 entities that may not be published', () => {
    const one = cell(200_000, 'fashion', 'enterprise').map((each) => ({ ...each, tenantId: 'one' }));
    expect(publishCohorts(one).cohorts).toEqual([]);
  });

  it('is the plain ladder where nothing is close', () => {
    const world = [
      ...cell(20, 'fashion', 'enterprise'),
      ...cell(20, 'fashion', 'professional'),
      ...cell(4, 'fashion', 'individual'),
    ];
    expect(new Set(world.map((entity) => nameFor(world, entity)))).toEqual(
      new Set(['brand|fashion|enterprise', 'brand|fashion|professional', 'brand|fashion|*']),
    );
  });
});

describe('a panel', () => {
  const first = cell(20, 'fashion', 'enterprise');
  const joining = cell(10, 'fashion', 'enterprise', 'brand', 'new');
  const sizes = (members: Peer[], previous: Panels<Peer>) =>
    publishCohorts<Peer>(members, afterSnapshots(previous)).cohorts.map(({ panel }) => panel.length);

  it('takes newcomers in when there are ten of them', () => {
    expect(sizes([...first, ...joining.slice(1)], panelsOf(first))).toEqual([20]);
    expect(sizes([...first, ...joining], panelsOf(first))).toEqual([30]);
  });

  it('counts who has left with the last figure, and who is still there with the figure of today', () => {
    const later = first.slice(1).map((member) => ({ ...member, value: 100 }));
    const [cohort] = publishCohorts(later, afterSnapshots(panelsOf(first))).cohorts;
    expect(cohort!.panel.map(({ value }) => value)).toEqual([0, ...Array<number>(19).fill(100)]);
    const tenGone = [...first.slice(10), ...cell(5, 'fashion', 'enterprise', 'brand', 'other')];
    expect(sizes(tenGone, panelsOf(first))).toEqual([15]);
  });

  it('does not let a narrower cohort appear beside what was published about nearly the same entities', () => {
    const before = [...cell(9, 'fashion', 'enterprise'), ...cell(3, 'fashion', 'individual')];
    const now = [...before, ...cell(1, 'fashion', 'enterprise', 'brand', 'tenth')];
    expect(nameFor(now, now[0]!)).toBe('brand|fashion|enterprise');
    expect(nameFor(now, now[0]!, afterSnapshots(panelsOf(before)))).toBe('brand|fashion|*');
  });

  it('is remembered when nobody has read the cohort for a month', () => {
    const tierA = cell(20, 'film', 'enterprise');
    const tierB = cell(9, 'film', 'professional');
    const [c0] = cell(1, 'film', 'individual');
    const [newcomer] = cell(1, 'film', 'enterprise', 'brand', 'newcomer');
    const film = (panels: Panels<Peer>) => panels.get(JSON.stringify(['brand', 'film', null]))?.length;

    const first = panelsOf([...tierA, ...tierB, c0!]);
    expect(film(first)).toBe(30);
    const moved = { ...c0!, tier: 'professional' };
    const second = panelsOf([...tierA, ...tierB, moved], afterSnapshots(first));
    expect([...second.values()].map(({ length }) => length)).toEqual([20, 10]);
    // All 31 of today would differ from the first by one.
    const third = panelsOf([...tierA, newcomer!, ...tierB, c0!], afterSnapshots(first, second));
    expect(film(third)).toBe(30);
  });
});

describe('ten entities of few tenants', () => {
  const enterprise = cell(40, 'fashion', 'enterprise');
  const sizes = (members: Peer[], ...earlier: Panels<Peer>[]) =>
    publishCohorts<Peer>(members, afterSnapshots(...earlier)).cohorts.map(({ panel }) => panel.length);
  const of = (tenantId: string, peers: Peer[]) => peers.map((peer) => ({ ...peer, tenantId }));
  const newcomers = (n: number) => cell(n, 'fashion', 'enterprise', 'brand', 'new');

  it('do not tell two snapshots apart: the newcomers of one tenant wait', () => {
    const before = panelsOf(enterprise);
    expect(sizes([...enterprise, ...of('x', newcomers(10))], before)).toEqual([40]);
    expect(sizes([...enterprise, ...newcomers(10)], before)).toEqual([50]);
  });

  it.each([
    ['ten of ten tenants', 10, 0, 50],
    ['ten of nine tenants', 8, 2, 40],
    // 3 of 12 is a quarter, 4 of 13 is more.
    ['twelve, three of which are of one tenant', 9, 3, 52],
    ['thirteen, four of which are of one tenant', 9, 4, 40],
  ])('join as %s or not', (_, others, ofOne, expected) => {
    const joining = newcomers(others + ofOne).map((peer, i) =>
      i < ofOne ? { ...peer, tenantId: 'x' } : peer,
    );
    expect(sizes([...enterprise, ...joining], panelsOf(enterprise))).toEqual([expected]);
  });

  it('do not tell who left either, by the tenants of then', () => {
    const group = [...enterprise.slice(0, 30), ...of('x', enterprise.slice(30))];
    expect(sizes(enterprise.slice(0, 30), panelsOf(group))).toEqual([40]);
    expect(sizes(enterprise.slice(0, 30), panelsOf(enterprise))).toEqual([30]);
  });

  it('do not tell an industry from a tier of it in one snapshot', () => {
    const world = [
      ...enterprise.slice(0, 30),
      ...of('x', cell(10, 'fashion', 'professional')),
      ...cell(1, 'fashion', 'professional', 'brand', 't0'),
    ];
    expect(sizes(world)).toEqual([30]);
    expect(nameFor(world, world[30]!)).toBeUndefined();
  });
});

describe('an attacker who knows who belongs where and reads every cohort of every snapshot', () => {
  /** Between all pairs, of one snapshot and of any two. */
  const differences = (publications: Publication[]): number[] => {
    const seen = publications.flat().map(({ ids }) => new Set(ids));
    return seen.flatMap((a) =>
      seen.map((b) => a.size + b.size - 2 * [...a].filter((id) => b.has(id)).length),
    );
  };

  const play = (
    history: Peer[][],
    publish: (peers: Peer[], earlier: EarlierPanels<Peer>) => Panels<Peer>,
  ): Publication[] => {
    const snapshots: Panels<Peer>[] = [];
    for (const peers of history) snapshots.push(publish(peers, afterSnapshots(...snapshots)));
    return snapshots.map(publicationOf);
  };

  it('finds no two that differ by one to nine entities, in random markets whose entities come, go and move', () => {
    fc.assert(
      fc.property(months, (history) => {
        const close = differences(play(history, panelsOf)).filter((apart) => apart > 0 && apart < 10);
        expect(close).toEqual([]);
      }),
      { numRuns: 150, seed: 20260617 },
    );
  });

  it('finds no two that ten entities of ten tenants, none with more than a quarter, do not tell apart', () => {
    fc.assert(
      fc.property(fc.oneof(months, onboarding), (history) => {
        const publications = play(history, panelsOf).flat();
        const close = publications.flatMap((a) =>
          publications.flatMap((b) => {
            const apart = [...difference(a.tenants, b.tenants).values()];
            const entities = apart.reduce((sum, n) => sum + n, 0);
            const safe = entities === 0 || (apart.length >= 10 && Math.max(...apart) <= entities / 4);
            return safe ? [] : [apart];
          }),
        );
        expect(close).toEqual([]);
      }),
      { numRuns: 150, seed: 20260617 },
    );
  });

  it('who is a tenant singles out another from the plain ladder, and nobody from what is published', () => {
    const caught = { ladder: new Set<string>(), published: new Set<string>() };
    for (const [i, history] of fc.sample(onboarding, { numRuns: 50, seed: 20260617 }).entries()) {
      for (const each of attackByTenant(play(history, ladder))) caught.ladder.add(`${i} ${each}`);
      for (const each of attackByTenant(play(history, panelsOf))) caught.published.add(`${i} ${each}`);
    }
    expect([...caught.ladder].filter((each) => each.endsWith(' group')).length).toBeGreaterThan(10);
    expect([...caught.published]).toEqual([]);
  });

  it('recovers what single entities hold from the plain ladder, and nothing from what is published', () => {
    const fromLadder: Exposure[] = [];
    const fromPublished: Exposure[] = [];
    for (const history of fc.sample(months, { numRuns: 150, seed: 20260617 })) {
      fromLadder.push(...attack(play(history, ladder), history));
      fromPublished.push(...attack(play(history, panelsOf), history));
    }
    expect(fromLadder.length).toBeGreaterThan(200);
    expect(fromLadder.filter(({ isTrue }) => isTrue).length).toBeGreaterThan(0.9 * fromLadder.length);
    expect(fromPublished).toEqual([]);
  });
});
