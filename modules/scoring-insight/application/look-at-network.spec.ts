import { describe, expect, it } from '@jest/globals';
import { plantedDeals } from '../domain/__fixtures__/planted-deals.js';
import type { Concentration, NetworkEffectsReport } from '../domain/network-effects.js';
import { lookAtNetwork } from './look-at-network.js';
import type { DatedOutcomeRow, NetworkStore, RowSetCounts } from './ports.js';

class Stored implements NetworkStore {
  readonly reports = new Map<string, NetworkEffectsReport>();
  readonly asked: string[] = [];
  partnerships = 7;

  history(dayStart: string) {
    this.asked.push(dayStart);
    const year: Concentration = {
      from: '2025-06-17',
      to: '2026-06-17',
      partnerships: this.partnerships,
      entities: 2,
      hhi: 0.5,
      equalEntities: 2,
      topTenShare: 1,
    };
    return Promise.resolve({ market: [], joined: [], concentration: [year] });
  }
  reportOf(dayStart: string) {
    return Promise.resolve(this.reports.get(dayStart) ?? null);
  }
  save(report: NetworkEffectsReport) {
    this.reports.set(report.asOf, report);
    return Promise.resolve(1);
  }
}

const excluded = {
  open: 0,
  deleted: 0,
  no_score_before: 0,
  score_too_old: 0,
  not_matured: 0,
  no_success_score: 0,
};

const outcomesOf = (rows: DatedOutcomeRow[], n = rows.length) => {
  const begunBy: string[] = [];
  const counts: RowSetCounts = { n, nSuccessful: 0, nScore: 0, scoredLater: 0, from: null, excluded };
  return {
    begunBy,
    counts: () => Promise.resolve(counts),
    sample: (until: string, most: number) => {
      begunBy.push(until);
      return Promise.resolve(rows.slice(0, most));
    },
  };
};

describe('lookAtNetwork', () => {
  it('computes once a day, as of its beginning', async () => {
    const network = new Stored();
    const outcomes = outcomesOf(plantedDeals(20, {}, 1));
    const first = await lookAtNetwork({ network, outcomes }, '2026-06-17T08:15:00.000Z');
    expect(first).toMatchObject({ rowsIn: 20, rowsOut: 1 });
    expect(first.report).toMatchObject({ asOf: '2026-06-17T00:00:00.000Z', seed: 1 });
    expect(outcomes.begunBy).toEqual(['2025-12-19T00:00:00.000Z']);
    const second = await lookAtNetwork({ network, outcomes }, '2026-06-17T23:59:59.999Z');
    expect(second).toEqual({ report: first.report, rowsIn: 0, rowsOut: 0 });
    await lookAtNetwork({ network, outcomes }, '2026-06-18T00:00:00.000Z');
    expect(network.asked).toEqual(['2026-06-17T00:00:00.000Z', '2026-06-18T00:00:00.000Z']);
  });

  it('looks again on a day on which there had been nothing', async () => {
    const network = new Stored();
    network.partnerships = 0;
    const outcomes = outcomesOf([]);
    await lookAtNetwork({ network, outcomes }, '2026-06-17T08:00:00Z');
    network.partnerships = 3;
    const { report, rowsOut } = await lookAtNetwork({ network, outcomes }, '2026-06-17T09:00:00Z');
    expect([report.n.partnerships, rowsOut]).toEqual([3, 1]);
  });

  it('says of how many outcomes it took some', async () => {
    const rows = plantedDeals(8_000, {}, 1).map((deal) => ({ ...deal, success: true }));
    const { report } = await lookAtNetwork(
      { network: new Stored(), outcomes: outcomesOf(rows, 30_000) },
      '2026-06-17T08:00:00Z',
    );
    expect(report.learning).toMatchObject({ outcomes: 8_000, sampledFrom: 30_000 });
    const whole = await lookAtNetwork(
      { network: new Stored(), outcomes: outcomesOf(rows, 8_000) },
      '2026-06-17T08:00:00Z',
    );
    expect(whole.report.learning.sampledFrom).toBeNull();
  });
});
