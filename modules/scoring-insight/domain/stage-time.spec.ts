import { describe, expect, it } from '@jest/globals';
import {
  ALL,
  chanceToAdvance,
  groupOf,
  isTelling,
  type Leaving,
  learnStageTimes,
  peersOf,
  percentileOf,
  type StageStay,
} from './stage-time.js';

const stay = (
  days: number,
  leaving: Leaving | null = 'advanced',
  visits = 1,
  rest: Partial<StageStay> = {},
): StageStay => ({
  stage: 'proposal',
  partnershipType: 'licensing',
  seenFrom: -1,
  days,
  leaving,
  visits,
  ...rest,
});

/** 40 visits: 10 advance after each of 1, 2 and 4 days, 5 are lost after 4, 5 go on after 8. */
const STAYS = [
  stay(1, 'advanced', 10),
  stay(2, 'advanced', 10),
  stay(4, 'advanced', 10),
  stay(4, 'lost', 5),
  stay(8, null, 5),
];

describe('learnStageTimes', () => {
  it('learns each type in a stage, each stage, and the pipeline', () => {
    const times = learnStageTimes([
      ...STAYS,
      stay(3, 'lost', 2, { partnershipType: 'sponsorship' }),
      stay(9, 'other', 1, { stage: 'negotiation' }),
    ]);
    const counts = [...times.values()].map(({ level, stage, partnershipType, visits, exits }) => [
      level,
      stage,
      partnershipType,
      visits,
      exits,
    ]);
    expect(counts).toEqual([
      ['type', 'proposal', 'licensing', 40, 35],
      ['stage', 'proposal', ALL, 42, 37],
      ['pipeline', ALL, ALL, 43, 38],
      ['type', 'proposal', 'sponsorship', 2, 2],
      ['type', 'negotiation', 'licensing', 1, 1],
      ['stage', 'negotiation', ALL, 1, 1],
    ]);
    expect(peersOf(times, 'proposal', 'never seen').map(({ level }) => level)).toEqual(['stage', 'pipeline']);
    expect(peersOf(times, 'never seen', 'licensing').map(({ level }) => level)).toEqual(['pipeline']);
  });

  it('answers without any visit', () => {
    expect(learnStageTimes([]).size).toBe(0);
    expect(peersOf(learnStageTimes([]), 'proposal', 'licensing')).toEqual([]);
  });

  it('does not count what the window never saw: a visit left on the day off after its start', () => {
    const [time] = learnStageTimes([
      stay(5, 'advanced', 3, { seenFrom: 5 }),
      stay(6, 'lost', 1, { seenFrom: 5 }),
    ]).values();
    expect([time?.visits, time?.exits]).toEqual([1, 1]);
  });

  it('does not trust a curve that a lone late entry ended', () => {
    const [time] = learnStageTimes([
      stay(2, 'advanced', 1),
      stay(9, 'advanced', 40, { seenFrom: 4 }),
    ]).values();
    expect([time?.isBroken, isTelling(time!)]).toEqual([true, false]);
  });

  it('does not trust a curve that ended before stays which still go on', () => {
    const [time] = learnStageTimes([
      ...[1, 2, 3, 4, 5].map((days) => stay(days, 'advanced', 6)),
      stay(300, null, 40, { seenFrom: 100 }),
    ]).values();
    expect([time?.isBroken, isTelling(time!)]).toEqual([true, false]);
  });
});

describe('figures of a deal', () => {
  const time = learnStageTimes(STAYS).get(groupOf('proposal', 'licensing'))!;

  it('has the percentile half way through visits as long as its own', () => {
    expect([0, 1, 2, 3, 4, 8, 100].map((days) => percentileOf(time, days))).toEqual([
      0, 12.5, 37.5, 50, 68.75, 87.5, 87.5,
    ]);
  });

  it('has the chance to advance of those still there', () => {
    expect(chanceToAdvance(time, -1, 9)).toBeCloseTo(30 / 40, 12);
    expect(chanceToAdvance(time, 0, 1)).toBeCloseTo(10 / 40, 12);
    expect(chanceToAdvance(time, 2, 6)).toBeCloseTo(10 / 20, 12);
  });

  it('says nothing where fewer than ten lasted as long, or nobody was seen long enough', () => {
    expect(chanceToAdvance(time, 4, 2)).toBeNull();
    expect(chanceToAdvance(time, 2, 7)).toBeNull();
    expect(chanceToAdvance(learnStageTimes(STAYS.slice(0, 1)).get(groupOf(ALL, ALL))!, 0, 5)).toBe(1);
    const nine = learnStageTimes([stay(3, 'advanced', 9)]).get(groupOf(ALL, ALL))!;
    expect(chanceToAdvance(nine, 0, 5)).toBeNull();
  });
});
