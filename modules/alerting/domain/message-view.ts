import type { MessageDraft } from './decide-incidents.js';
import { formatDay, formatMoney } from './format.js';
import type { Incident } from './incident.js';
import { SLACK_LIMITS } from './slack-message.js';
import { cut, oneLine } from './slack-text.js';

/** Two names share a header of 150 characters; in a digest fifteen pairs share one message. */
const NAME_LENGTH = 60;
const DETAIL_LENGTH = 200;

/** What templates/slack/stalled_deal.hbs shows of one incident: texts of one line, none escaped yet. */
export interface DealView {
  title: string;
  critical: boolean;
  stage: string;
  days: string;
  thresholdDays: string;
  /** Fixed words for where the threshold comes from. */
  threshold: string;
  /** The deal's place among others in words of ours; null without history. */
  peers: string | null;
  since: string;
  value: string;
  owner: string;
  partner1: string;
  partner2: string;
  partnershipId: string;
  /** Link to the deal, null without PRODUCT_BASE_URL. */
  url: string | null;
}

export interface StalledDealView extends DealView {
  messageId: string;
}

/** What templates/slack/stalled_digest.hbs shows: the first deals in full, the others as a number. */
export interface StalledDigestView {
  messageId: string;
  count: string;
  several: boolean;
  owner: string;
  deals: (DealView & { position: string })[];
  /** How many deals are not listed, null when all are. */
  more: string | null;
}

const THRESHOLDS: Record<string, string> = {
  statistical: 'from the history of this stage',
  pipeline: 'from the history of the whole pipeline',
  configured: 'as configured',
};

export function stalledDealView(
  message: MessageDraft,
  incident: Incident,
  baseUrl: string | undefined,
): StalledDealView {
  return { messageId: message.id, ...dealView(incident, baseUrl) };
}

export function stalledDigestView(
  message: MessageDraft,
  listed: number,
  baseUrl: string | undefined,
): StalledDigestView {
  const deals = message.incidents.slice(0, listed).map((incident, index) => ({
    ...dealView(incident, baseUrl),
    position: String(index + 1),
  }));
  const more = message.incidents.length - deals.length;
  return {
    messageId: message.id,
    count: String(message.incidents.length),
    several: message.incidents.length > 1,
    owner: cut(oneLine(message.incidents[0]?.evidence.ownerName ?? null), DETAIL_LENGTH),
    deals,
    more: more === 0 ? null : String(more),
  };
}

function dealView({ severity, evidence }: Incident, baseUrl: string | undefined): DealView {
  const [partner1, partner2] = evidence.partners.map((name) => oneLine(name));
  return {
    title: [partner1, partner2].map((name) => cut(name ?? '', NAME_LENGTH)).join(' × '),
    critical: severity === 'critical',
    stage: cut(oneLine(evidence.stage).replaceAll('_', ' '), NAME_LENGTH),
    days: days(evidence.daysInStage),
    thresholdDays: String(evidence.thresholdDays),
    threshold: THRESHOLDS[evidence.thresholdSource] ?? 'as configured',
    peers: peersLine(evidence),
    since: formatDay(evidence.enteredStageAt, evidence.ownerTimeZone),
    value: cut(oneLine(formatMoney(evidence.dealValue, evidence.currency)), NAME_LENGTH),
    owner: cut(oneLine(evidence.ownerName), DETAIL_LENGTH),
    partner1: cut(partner1 ?? '', DETAIL_LENGTH),
    partner2: cut(partner2 ?? '', DETAIL_LENGTH),
    partnershipId: cut(oneLine(evidence.partnershipId), NAME_LENGTH),
    url: dealUrl(baseUrl, evidence.partnershipId),
  };
}

function peersLine({ stagePercentile, chance30d }: Incident['evidence']): string | null {
  const lines = [
    ...(typeof stagePercentile === 'number'
      ? [`${Math.floor(stagePercentile)} % of such visits were over sooner.`]
      : []),
    ...(typeof chance30d === 'number'
      ? [`Chance to advance within 30 days: ${Math.round(100 * chance30d)} %.`]
      : []),
  ];
  return lines.length === 0 ? null : lines.join(' ');
}

const days = (count: number): string => `${count} business ${count === 1 ? 'day' : 'days'}`;

/** `<base>/partnerships/<id>`; null without a base, or when Slack would refuse the button for its length. */
function dealUrl(baseUrl: string | undefined, partnershipId: string): string | null {
  if (baseUrl === undefined) return null;
  const base = baseUrl.replace(/\/+$/, '');
  const url = new URL(`${base}/partnerships/${encodeURIComponent(partnershipId)}`).href;
  return url.length <= SLACK_LIMITS.url ? url : null;
}
