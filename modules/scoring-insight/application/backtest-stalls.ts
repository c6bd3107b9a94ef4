import { AppError } from '../../../src/kernel/errors.js';
import { type BacktestResult, backtestStalls } from '../domain/backtest.js';
import { WINDOW_DAYS } from '../domain/stage-time.js';
import { dateOf, dayOf } from '../domain/business-days.js';
import type { HolidayCalendar, StageTimeStore } from './ports.js';
import { DEFAULT_STALL_DAYS, workingDays } from './watch-deals.js';

/** A backtest as people read it: dates as yyyy-mm-dd, both part of the replay. */
export type BacktestReport = Omit<BacktestResult, 'fromDay' | 'toDay'> & { from: string; to: string };

export interface StallBacktestParts {
  stageTimes: StageTimeStore;
  holidays: HolidayCalendar;
  /** Business days by stage name, for the stages that have a threshold of their own. */
  stallDays: ReadonlyMap<string, number>;
}

/** How well stall alerts would have done in the past, from the visits of the latest run. Keeps what it found. */
export class StallBacktest {
  constructor(private readonly parts: StallBacktestParts) {}

  /**
   * @param period days as yyyy-mm-dd. `to` defaults to the last day known; `from` to a year after the first, or to half
   * of a shorter history: before it there is nothing to learn from
   * @param now ISO 8601 instant, kept with the result
   * @throws AppError `no_stage_visits`, `backtest_period` (configuration)
   */
  async execute(period: { from?: string; to?: string }, now: string): Promise<BacktestReport> {
    const { stageTimes, holidays, stallDays } = this.parts;
    const covered = await stageTimes.visitDays();
    if (covered === null) throw refused('no_stage_visits', 'No run has seen a deal in a stage yet.');
    const toDay = Math.min(covered.last, period.to === undefined ? covered.last : dayOf(period.to));
    const fromDay =
      period.from === undefined
        ? covered.first + Math.min(WINDOW_DAYS, Math.floor((toDay - covered.first) / 2))
        : Math.max(covered.first, dayOf(period.from));
    if (fromDay >= toDay) {
      const known = `${dateOf(covered.first)} to ${dateOf(covered.last)}`;
      throw refused('backtest_period', `Nothing to replay in this period; the visits cover ${known}.`);
    }
    const calendar = workingDays(
      holidays,
      Math.min(covered.first, fromDay - WINDOW_DAYS) - 1,
      covered.last + 1,
    );
    const result = backtestStalls(await stageTimes.pastVisits(), {
      fromDay,
      toDay,
      calendar,
      defaultDays: DEFAULT_STALL_DAYS,
      byStage: stallDays,
    });
    await stageTimes.saveBacktest(result, now);
    const { fromDay: _, toDay: __, ...figures } = result;
    return { from: dateOf(fromDay), to: dateOf(toDay), ...figures };
  }
}

function refused(code: string, message: string): AppError {
  return new AppError({ class: 'configuration', source: 'scoring-insight', code, message });
}
