import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  afterSnapshots,
  attack,
  type Exposure,
  ladder,
  months,
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
    const twoOfOne = (i: number) => (i < 2 ? { tenantId: 'one' } : {});
    const tierA = cell(10, 'film', 'enterprise').map((each, i) => ({ ...each, ...twoOfOne(i) }));
    const tierB = cell(9, 'film', 'professional');
    const [c0] = cell(1, 'film', 'individual');
    const [tenth] = cell(1, 'film', 'enterprise', 'brand', 'tenth');
    const film = (panels: Panels<Peer>) => panels.get(JSON.stringify(['brand', 'film', null]))?.length;

    const first = panelsOf([...tierA, ...tierB, c0!]);
    expect(film(first)).toBe(20);
    const moved = { ...c0!, tier: 'professional' };
    const second = panelsOf([...tierA, tenth!, ...tierB, moved], afterSnapshots(first));
    expect([...second.values()].map(({ length }) => length)).toEqual([11, 10]);
    // All 21 of today would differ from the first by one.
    const third = panelsOf([...tierA, tenth!, ...tierB, c0!], afterSnapshots(first, second));
    expect(film(third)).toBe(20);
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
