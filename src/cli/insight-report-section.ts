import { Decimal } from 'decimal.js';
import type { InsightReader, InsightReport } from '../../modules/scoring-insight/index.js';
import { wrap } from './charts.js';

/** What sections read from: the stored tables, nothing is computed anew. */
export interface ReportSources {
  reader: InsightReader;
  /** The latest predictiveness report, read once for all sections; null before the first run. */
  predictiveness: InsightReport | null;
}

export interface SectionText {
  /** Lines of at most the width given. */
  lines: string[];
  /** What it means, one sentence. */
  meaning: string;
}

/** A part of the report with the data it found. */
export interface ReadSection {
  name: string;
  title: string;
  /** The command that computes what is shown here. */
  computedBy: string;
  /** As --json prints it; null while nothing is computed. */
  data: unknown;
  /** Null while nothing is computed. */
  text(width: number): SectionText | null;
}

export interface Section {
  name: string;
  read(sources: ReportSources): Promise<ReadSection>;
}

/** A section from what it reads and how it tells it; `read` gives null while nothing is computed. */
export function section<T>(definition: {
  name: string;
  title: string;
  computedBy: string;
  read: (sources: ReportSources) => Promise<T | null> | T | null;
  describe: (data: T, width: number) => SectionText;
}): Section {
  const { name, title, computedBy, read, describe } = definition;
  return {
    name,
    read: async (sources) => {
      const data = await read(sources);
      const text = (width: number) => (data === null ? null : describe(data, width));
      return { name, title, computedBy, data, text };
    },
  };
}

/** A section as a person reads it: title, tables and charts, and what they mean. */
function renderSection(read: ReadSection, width: number, emphasise: (title: string) => string): string {
  const text = read.text(width);
  const lines =
    text === null
      ? [`Not computed yet. To compute it: ${read.computedBy}`]
      : [...text.lines, ...wrap(`Means: ${text.meaning}`, width)];
  return [emphasise(read.title), ...lines].join('\n');
}

/** The report as a person reads it. */
export function renderReport(
  sections: readonly ReadSection[],
  width: number,
  emphasise: (title: string) => string,
): string {
  return sections.map((each) => renderSection(each, width, emphasise)).join('\n\n');
}

/** A terminal's own width within reason; 80 where the output goes elsewhere. */
export const pageWidth = (columns: number | undefined): number => Math.min(120, Math.max(80, columns ?? 80));

/** A code as words. */
export const words = (code: string): string => code.replaceAll('_', ' ');

/** Names in a sentence; `none` without any. */
export function listed(names: readonly string[], none = 'none'): string {
  return names.length === 0 ? none : [...new Set(names)].map(words).join(', ');
}

/** A decimal string without cents. */
export const money = (amount: string): string =>
  BigInt(new Decimal(amount).toFixed(0)).toLocaleString('en-US');

export const dayOf = (instant: string | null): string => instant?.slice(0, 10) ?? 'unknown';

/** Limits in a cell; `-` where they are unknown. */
export const range = (low: number | null, high: number | null, digits = 2): string =>
  low === null || high === null ? '-' : `${low.toFixed(digits)}-${high.toFixed(digits)}`;
