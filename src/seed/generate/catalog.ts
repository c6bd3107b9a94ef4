/** Names and weights that the generators choose from. Weights are relative. */

export const OPEN_STAGES = [
  'identified',
  'contacted',
  'in_discussion',
  'proposal',
  'negotiation',
  'legal_review',
  'signed',
  'onboarding',
  'active',
] as const;
export type OpenStage = (typeof OPEN_STAGES)[number];
export type Stage = OpenStage | 'completed' | 'declined' | 'expired';

/** Median days that a deal stays in a stage. */
export const STAGE_MEDIAN_DAYS: Readonly<Record<OpenStage, number>> = {
  identified: 4,
  contacted: 5,
  in_discussion: 10,
  proposal: 8,
  negotiation: 12,
  legal_review: 9,
  signed: 4,
  onboarding: 11,
  active: 28,
};

/** Where the open deals of today stand. */
export const OPEN_STAGE_WEIGHTS: readonly (readonly [number, number])[] = [
  [0, 12],
  [1, 12],
  [2, 16],
  [3, 14],
  [4, 16],
  [5, 9],
  [6, 5],
  [7, 7],
  [8, 9],
];

/** The last open stage (index) of a deal that is lost. */
export const LOST_AFTER_WEIGHTS: readonly (readonly [number, number])[] = [
  [0, 6],
  [1, 14],
  [2, 26],
  [3, 22],
  [4, 22],
  [5, 7],
  [7, 3],
];

export const ENTITY_TYPES = [
  ['brand', 45],
  ['member', 33],
  ['content', 22],
] as const;

export const INDUSTRIES = [
  ['fashion', 24],
  ['food_beverage', 20],
  ['entertainment', 20],
  ['sports', 16],
  ['technology', 14],
  ['wellness', 6],
] as const;

export const TIERS = [
  ['professional', 45],
  ['individual', 30],
  ['enterprise', 25],
] as const;

export const CURRENCIES = [
  ['USD', 56],
  ['EUR', 20],
  ['GBP', 10],
  ['JPY', 6],
  ['BRL', 4],
  ['INR', 3],
  ['ISK', 1],
] as const;

/** The currency that the file of exchange rates leaves out. */
export const CURRENCY_WITHOUT_RATE = 'ISK';

/** Start of each random walk: hundred-millionths of a US dollar per unit, and units per dollar for amounts. */
export const FX_START: Readonly<Record<string, { rate: number; perDollar: number }>> = {
  USD: { rate: 100_000_000, perDollar: 1 },
  EUR: { rate: 108_450_000, perDollar: 1 },
  GBP: { rate: 126_700_000, perDollar: 1 },
  JPY: { rate: 672_000, perDollar: 150 },
  BRL: { rate: 19_600_000, perDollar: 5 },
  INR: { rate: 1_196_000, perDollar: 80 },
  ISK: { rate: 725_000, perDollar: 135 },
};

export const PARTNERSHIP_TYPES = [
  ['co_branding', 30],
  ['licensing', 24],
  ['sponsorship', 22],
  ['content_collaboration', 24],
] as const;

export const TIME_ZONES = [
  'America/New_York',
  'Europe/Berlin',
  'Asia/Tokyo',
  'America/Los_Angeles',
  'Europe/London',
  'Australia/Sydney',
  'America/Sao_Paulo',
  'Asia/Kolkata',
  'Africa/Lagos',
  'Asia/Singapore',
  'Pacific/Auckland',
  'Africa/Johannesburg',
] as const;

export const LOCATIONS = [
  'New York',
  'Berlin',
  'Tokyo',
  'Los Angeles',
  'London',
  'Sydney',
  'São Paulo',
  'Mumbai',
  'Lagos',
  'Singapore',
  'Auckland',
  'Kraków',
] as const;

export const FIRST_NAMES = [
  'Amara',
  'Björn',
  'Chen',
  'Dalia',
  'Esther',
  'Farid',
  'Grace',
  'Hiro',
  'Ines',
  'Jonas',
  'Kavya',
  'Łukasz',
  'Mei',
  'Noah',
  'Olu',
  'Priya',
] as const;

export const LAST_NAMES = [
  'Adeyemi',
  'Berg',
  'Costa',
  'Dubois',
  'Evans',
  'Fischer',
  'García',
  'Hansen',
  'Ivanova',
  'Jansen',
  'Kim',
  'Lindqvist',
  "O'Brien",
  'Nakamura',
  'Okafor',
  'Sharma',
] as const;

export const NAME_HEADS = [
  'Aurora',
  'Blue Harbor',
  'Copper',
  'Driftwood',
  'Ember',
  'Fjord',
  'Golden Hour',
  'Halcyon',
  'Ivory',
  'Juniper',
  'Kestrel',
  'Lumen',
  'Meridian',
  'Northwind',
  'Opal',
  'Paper Moon',
  'Quartz',
  'Riverstone',
  'Saffron',
  'Tidal',
] as const;

export const NAME_TAILS = {
  tenant: [
    'Group',
    'Holdings',
    'Partners',
    'Media',
    'Collective',
    'Labs',
    'Studios',
    'Brands',
    'House',
    'Works',
    'Co',
  ],
  brand: ['Apparel', 'Foods', 'Athletics', 'Coffee', 'Audio', 'Outfitters', 'Beauty'],
  member: ['Creator', 'Collective', 'Athlete', 'Chef', 'Artist', 'Studio'],
  content: ['Series', 'Podcast', 'Saga', 'Festival', 'Sessions', 'Chronicles'],
} as const;

export const TREND_SUBJECTS = [
  'Slow Living',
  'Retro Gaming',
  'Plant-Based',
  'Street Art',
  'Quiet Luxury',
  'Trail Running',
  'Ambient Audio',
  'Repair Culture',
  'Night Markets',
  'Micro Theatre',
  'Cold Plunge',
  'Analog Photo',
] as const;

export const TREND_CATEGORIES = [
  'lifestyle',
  'entertainment',
  'food',
  'fashion',
  'technology',
  'sport',
] as const;
export const TREND_LIFECYCLE = ['emerging', 'growing', 'peak', 'declining'] as const;

export const DEAL_ACTIVITY = [
  ['contact', 30],
  ['message', 28],
  ['proposal_view', 20],
  ['document_view', 14],
  ['meeting', 8],
] as const;

export const BROWSE_ACTIVITY = [
  ['search', 34],
  ['view_match', 40],
  ['profile_view', 20],
  ['login', 6],
] as const;
