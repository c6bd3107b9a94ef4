import { DateTime } from 'luxon';
import { z } from 'zod';
import { AppError } from '../../../src/kernel/errors.js';
import type { Benchmark } from './benchmarks.js';
import { COHORT_LEVELS } from './cohorts.js';
import { parseDefinition } from './definition.js';
import { METRIC_WINDOWS, METRICS, metricDefinition } from './metrics.js';

const LEVELS = ['gold', 'silver'] as const;

export type BadgeLevel = (typeof LEVELS)[number];

const percentile = z.number().min(0).max(100);

const levelSchema = z
  .strictObject({ level: z.enum(LEVELS), enter: percentile, leave: percentile, floor: percentile })
  .refine((level) => level.leave <= level.enter, { message: 'leave must not be above enter' })
  .refine((level) => level.floor <= level.leave, { message: 'floor must not be above leave' });

const declarationFields = z.strictObject({
  badge: z.string().regex(/^[a-z][a-z0-9_]*$/),
  metric: z.enum(METRICS),
  /** The time that the figure covers: the metric's own. */
  window: z.enum(METRIC_WINDOWS),
  /** Cohorts in which a percentile counts. */
  cohort: z.array(z.enum(COHORT_LEVELS)).min(1),
  /** A level is entered only by who stayed at its `leave` or above in every snapshot of so many days. */
  review_days: z.int().min(0),
  /** Evidence below which the badge is not given, behind the figure of the snapshot and behind that of today. */
  minimum_n: z.int().positive(),
  /** From the first day of the month of the last confirmation. */
  valid_days: z.int().min(32),
  /** Best first. */
  levels: z
    .array(levelSchema)
    .min(1)
    .refine((levels) => levels.every((level, i) => i === 0 || level.enter < levels[i - 1]!.enter), {
      message: 'levels must be listed best first',
    })
    .refine((levels) => levels.every((level, i) => i === 0 || level.leave < levels[i - 1]!.leave), {
      message: 'a lower level must be left at a lower percentile',
    }),
});

const declarationSchema = declarationFields.refine(
  ({ metric, window }) => window === metricDefinition(metric).window,
  { message: 'window is not the one that the metric covers', path: ['window'] },
);

export type BadgeDeclaration = z.infer<typeof declarationSchema>;

const badgesSchema = z.strictObject({
  badges: z
    .array(declarationSchema)
    .refine((badges) => new Set(badges.map(({ badge }) => badge)).size === badges.length, {
      message: 'a badge is declared twice',
    }),
});

/**
 * Parses the text of definitions/badges.yaml.
 * @throws AppError `invalid_definition` (configuration)
 */
export function parseBadgeDeclarations(text: string): BadgeDeclaration[] {
  return parseDefinition('badges.yaml', text, badgesSchema).badges;
}

/** The figures that a badge rests on. */
export type BadgeEvidence = Pick<
  Benchmark,
  | 'metric'
  | 'value'
  | 'n'
  | 'percentile'
  | 'topPercent'
  | 'floorPercentile'
  | 'cohort'
  | 'cohortN'
  | 'snapshotN'
>;

/** A badge that an entity holds. Instants in ISO 8601 at midnight UTC. */
export interface Badge {
  entityId: string;
  badge: string;
  tenantId: string;
  level: BadgeLevel;
  /** When it was first given; kept through changes of level until it is lost. */
  awardedAt: string;
  expiresAt: string;
  evidence: BadgeEvidence;
}

export interface BadgeEvent {
  entityId: string;
  badge: string;
  tenantId: string;
  event: 'awarded' | 'promoted' | 'demoted' | 'revoked' | 'expired';
  /** null before the first award. */
  fromLevel: BadgeLevel | null;
  /** null once the badge is lost. */
  toLevel: BadgeLevel | null;
  /** Midnight UTC of the day of the decision: with entity, badge and event the key of the history. */
  at: string;
  evidence: BadgeEvidence;
}

/** What the history says last about a badge; `level` is null once it is lost. */
export type StatedBadge = Omit<Badge, 'level' | 'expiresAt'> &
  Pick<BadgeEvent, 'at'> & { level: BadgeLevel | null };

/** The badges held with what the history is ahead of them: what a decision that was not written down stated. */
export function catchUpBadges(
  held: readonly Badge[],
  ahead: readonly StatedBadge[],
  declarations: readonly BadgeDeclaration[],
): Badge[] {
  const badges = new Map(held.map((badge) => [keyOf(badge.entityId, badge.badge), badge]));
  const validDays = new Map(declarations.map(({ badge, valid_days }) => [badge, valid_days]));
  for (const { level, at, ...stated } of ahead) {
    const key = keyOf(stated.entityId, stated.badge);
    if (level === null) badges.delete(key);
    else {
      const expiresAt = expiryOf(instantOf(at), validDays.get(stated.badge) ?? 0);
      badges.set(key, { ...stated, level, expiresAt });
    }
  }
  return [...badges.values()];
}

function expiryOf(decided: DateTime<true>, validDays: number): string {
  return isoOf(decided.startOf('month').plus({ days: validDays }));
}

export type BadgeBenchmark = BadgeEvidence & Pick<Benchmark, 'entityId' | 'tenantId' | 'cohortLevel'>;

/** Lowest percentile of the snapshots of a badge's review period, by badge and entity; none where there was none. */
export type RecentLows = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Who holds which badge now, given who held it before.
 *
 * A level is entered at its `enter` percentile and kept down to `leave`, so that noise around one threshold does not
 * flip it; who holds a level holds those below it. To enter, two things more: the cautious figure (exceeded with a
 * probability of 95%) stands above the level's `floor`, so that luck over few outcomes is no badge, and no snapshot of the
 * review period was below `leave`. A percentile that is withheld, that rests on too little evidence (in the snapshot or
 * today) or that belongs to a cohort the badge does not count neither gives nor takes a badge: it stays until it expires.
 * All instants have the resolution of a day (expiry: of a month), so a second decision on the same figures and day changes
 * nothing and has no events.
 *
 * @param previous badges held after the last decision
 * @param benchmarks at most one per entity and metric
 * @param asOf ISO 8601 instant
 * @param recentLows of the snapshots before, and of this one
 */
export function decideBadges(
  previous: readonly Badge[],
  benchmarks: readonly BadgeBenchmark[],
  declarations: readonly BadgeDeclaration[],
  asOf: string,
  recentLows: RecentLows = new Map(),
): { current: Badge[]; events: BadgeEvent[] } {
  const now = instantOf(asOf);
  const today = now.startOf('day');
  const held = new Map(previous.map((badge) => [keyOf(badge.entityId, badge.badge), badge]));
  const current: Badge[] = [];
  const events: BadgeEvent[] = [];

  const settle = (before: Badge | null, after: Badge | null, lost: 'revoked' | 'expired'): void => {
    if (after) current.push(after);
    const event = eventBetween(before, after, lost);
    const subject = after ?? before;
    if (event === null || subject === null) return;
    events.push({
      entityId: subject.entityId,
      badge: subject.badge,
      tenantId: subject.tenantId,
      event,
      fromLevel: before?.level ?? null,
      toLevel: after?.level ?? null,
      at: isoOf(today),
      evidence: subject.evidence,
    });
  };

  for (const declaration of declarations) {
    const expiresAt = expiryOf(now, declaration.valid_days);
    const lows = recentLows.get(declaration.badge);
    for (const row of benchmarks) {
      if (!isAssessed(row, declaration)) continue;
      const key = keyOf(row.entityId, declaration.badge);
      const before = held.get(key) ?? null;
      held.delete(key);
      const level = levelFor(row, lows?.get(row.entityId), before?.level ?? null, declaration);
      const {
        entityId,
        tenantId,
        metric,
        value,
        n,
        percentile,
        topPercent,
        floorPercentile,
        cohort,
        cohortN,
        snapshotN,
      } = row;
      const peers = { percentile, topPercent, floorPercentile, cohort, cohortN, snapshotN };
      const evidence = { metric, value, n, ...peers };
      const after: Badge | null =
        level === null
          ? null
          : {
              entityId,
              badge: declaration.badge,
              tenantId,
              level,
              awardedAt: before?.awardedAt ?? isoOf(today),
              expiresAt,
              evidence,
            };
      // A lost badge leaves with the figures that lost it, not with those that once won it.
      settle(before && { ...before, evidence }, after, 'revoked');
    }
  }

  // What remains was held and could not be assessed this time.
  const declared = new Set(declarations.map(({ badge }) => badge));
  for (const badge of held.values()) {
    if (!declared.has(badge.badge)) settle(badge, null, 'revoked');
    else if (instantOf(badge.expiresAt) <= now) settle(badge, null, 'expired');
    else settle(badge, badge, 'expired');
  }
  return { current, events };
}

type Assessed = BadgeBenchmark & { percentile: number };

function isAssessed(row: BadgeBenchmark, declaration: BadgeDeclaration): row is Assessed {
  const { metric, cohort, minimum_n } = declaration;
  const counts = row.cohortLevel !== null && cohort.includes(row.cohortLevel);
  // The percentile rests on the figure of the snapshot, the claim on that of today.
  const n = Math.min(row.n, row.snapshotN ?? 0);
  return row.metric === metric && counts && row.percentile !== null && n >= minimum_n;
}

/** Best level that is kept (the one held and those below it, down to `leave`) or entered. */
function levelFor(
  { percentile, floorPercentile }: Assessed,
  recentLow: number | undefined,
  heldLevel: BadgeLevel | null,
  { levels }: BadgeDeclaration,
): BadgeLevel | null {
  const heldIndex = levels.findIndex(({ level }) => level === heldLevel);
  const reached = levels.find(({ enter, leave, floor }, index) => {
    if (heldIndex !== -1 && index >= heldIndex) return percentile >= leave;
    const isSure = floorPercentile !== null && floorPercentile > floor;
    return percentile >= enter && isSure && (recentLow ?? percentile) >= leave;
  });
  return reached?.level ?? null;
}

function eventBetween(
  before: Badge | null,
  after: Badge | null,
  lost: 'revoked' | 'expired',
): BadgeEvent['event'] | null {
  if (before === null) return after === null ? null : 'awarded';
  if (after === null) return lost;
  if (before.level === after.level) return null;
  return LEVELS.indexOf(after.level) < LEVELS.indexOf(before.level) ? 'promoted' : 'demoted';
}

function keyOf(entityId: string, badge: string): string {
  return `${entityId}|${badge}`;
}

function instantOf(iso: string): DateTime<true> {
  const instant = DateTime.fromISO(iso, { zone: 'utc' });
  if (instant.isValid) return instant;
  throw new AppError({
    class: 'bug',
    source: 'scoring-insight',
    code: 'invalid_instant',
    message: `"${iso}" is not an ISO 8601 instant`,
  });
}

function isoOf(instant: DateTime<true>): string {
  return instant.toISO({ suppressMilliseconds: true });
}
