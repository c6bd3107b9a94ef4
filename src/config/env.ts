import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../kernel/errors.js';

/** One variable of the service: what it means, for .env.example, `cli config` and error messages. */
interface EnvVariable {
  schema: z.ZodType<unknown>;
  /** Text form of the default; undefined when the variable is simply absent. */
  fallback?: string;
  secret?: boolean;
  meaning: string;
}

const url = (...protocols: string[]) =>
  z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    error: `must be a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  });
const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const apiKey = z
  .string()
  .regex(/^[\w.-]+:(viewer|operator|admin):([0-9a-f-]{36}|\*):[0-9a-f]{64}$/, {
    error: 'must be name:role:tenant:sha256, role viewer, operator or admin, tenant a uuid or *',
  })
  .transform((text) => {
    const [name = '', role = '', tenant = '', sha256 = ''] = text.split(':');
    return { name, role: z.enum(['viewer', 'operator', 'admin']).parse(role), tenant, sha256 };
  });

const webhookSecret = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*:.{16,}$/, { error: 'must be NAME:secret, the secret of at least 16 characters' })
  .transform((text): [name: string, secret: string] => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon), text.slice(colon + 1)];
  });

/** Every environment variable the service reads. The only list: .env.example and docs are checked against it. */
export const variables = {
  PORT: { schema: integer(0, 65535), fallback: '3000', meaning: 'HTTP port; 0 takes a free one' },
  HOST: { schema: z.string().min(1), fallback: '127.0.0.1', meaning: 'address the HTTP server listens on' },
  SYNC_WEBHOOK_SECRETS: {
    schema: z
      .string()
      .transform((text) => text.split(',').filter(Boolean))
      .pipe(z.array(webhookSecret))
      .transform((secrets) => new Map(secrets)),
    secret: true,
    meaning: 'comma-separated NAME:secret that webhook targets sign with; a definition gives the name',
  },
  SYNC_PRIVATE_ADDRESSES: {
    schema: z.enum(['refuse', 'allow']),
    fallback: 'refuse',
    meaning: 'whether webhook targets may be hosts of private and local networks, and plain http',
  },
  APP_ROLE: {
    schema: z.enum(['all', 'api', 'worker']),
    fallback: 'all',
    meaning: 'api serves HTTP, worker runs jobs and the schedule, all does both',
  },
  API_KEYS: {
    schema: z
      .string()
      .transform((text) => text.split(',').filter(Boolean))
      .pipe(z.array(apiKey)),
    secret: true,
    meaning:
      'comma-separated name:role:tenant:sha256-of-key; without it one admin key is made under DATA_DIR',
  },
  DATABASE_URL: {
    schema: url('postgres:', 'postgresql:'),
    secret: true,
    meaning: 'Postgres with the schema product; absent: embedded Postgres',
  },
  CLICKHOUSE_URL: {
    schema: url('http:', 'https:'),
    secret: true,
    meaning: 'ClickHouse over HTTP, user and password in the URL; absent: embedded ClickHouse',
  },
  CLICKHOUSE_CLUSTER: {
    schema: z.string().regex(/^[\w-]+$/),
    meaning:
      'ClickHouse cluster that migrate makes replicated and distributed tables for (docs/cluster.md); absent: one server',
  },
  RETENTION_YEARS: {
    schema: integer(1, 99),
    meaning: 'years that activity, affinity scores and trend metrics are kept; absent: for ever',
  },
  PARTITION_BY: {
    schema: z.enum(['month', 'quarter', 'year']),
    fallback: 'month',
    meaning: 'length of a partition of those tables; fixed when they are made',
  },
  NEO4J_URI: {
    schema: url('bolt:', 'bolt+s:', 'bolt+ssc:', 'neo4j:', 'neo4j+s:', 'neo4j+ssc:'),
    meaning: 'Neo4j over Bolt; absent: embedded graph',
  },
  NEO4J_USER: { schema: z.string().min(1), fallback: 'neo4j', meaning: 'user for NEO4J_URI' },
  NEO4J_PASSWORD: { schema: z.string(), secret: true, meaning: 'password for NEO4J_URI' },
  REDIS_URL: {
    schema: url('redis:', 'rediss:'),
    secret: true,
    meaning: 'Redis for the job queue; absent: jobs run in this process',
  },
  SLACK_BOT_TOKEN: {
    schema: z.string().min(1),
    secret: true,
    meaning: 'bot token (xoxb-); absent: messages stay in the outbox',
  },
  SLACK_SIGNING_SECRET: {
    schema: z.string().min(1),
    secret: true,
    meaning: "reserved for Slack's callbacks, which this version does not serve",
  },
  SLACK_API_URL: {
    schema: url('http:', 'https:'),
    fallback: 'https://slack.com/api/',
    meaning: 'base URL of the Slack Web API',
  },
  PRODUCT_BASE_URL: { schema: url('http:', 'https:'), meaning: 'base of the links to deals in messages' },
  SMTP_URL: {
    schema: url('smtp:', 'smtps:'),
    secret: true,
    meaning: 'reserved for a mail server; this version sends no mail',
  },
  DATA_DIR: {
    schema: z.string().min(1),
    fallback: '.data',
    meaning: 'folder of the embedded stores and files',
  },
  SOURCES_DIR: {
    schema: z.string().min(1),
    meaning: 'folder of further file source declarations (*.yaml); one of the same name replaces ours',
  },
  AWS_ACCESS_KEY_ID: {
    schema: z.string().min(1),
    secret: true,
    meaning: 'key for files at s3://bucket/key; absent: the buckets are public',
  },
  AWS_SECRET_ACCESS_KEY: { schema: z.string().min(1), secret: true, meaning: 'secret of that key' },
  AWS_SESSION_TOKEN: { schema: z.string().min(1), secret: true, meaning: 'token of a temporary key' },
  AWS_REGION: { schema: z.string().min(1), fallback: 'us-east-1', meaning: 'region of the buckets' },
  S3_ENDPOINT: {
    schema: url('http:', 'https:'),
    meaning: 'base URL of a store that speaks S3; absent: AWS',
  },
  STAGES_FILE: { schema: z.string().min(1), meaning: 'YAML file that replaces the deal stages' },
  HOLIDAY_COUNTRY: {
    schema: z.string().regex(/^[A-Z]{2}(-[A-Z0-9]+)?$/),
    meaning: 'ISO country whose public holidays are no business days; absent: none',
  },
  REPORTING_CURRENCY: {
    schema: z.string().regex(/^[A-Z]{3}$/),
    fallback: 'USD',
    meaning: 'ISO 4217 currency of reported money',
  },
  BENCHMARK_SNAPSHOT: {
    schema: z.enum(['run', 'week', 'month']),
    fallback: 'month',
    meaning:
      'how often peer figures are published; run is for development: only the last ones are kept, for badges and for privacy',
  },
  CDC: {
    schema: z.enum(['off', 'on']),
    fallback: 'off',
    meaning:
      'on streams changes of the product database within seconds (docs/cdc.md); off leaves them to the schedule',
  },
  CDC_SLOT: {
    schema: z.string().regex(/^[a-z0-9_]{1,63}$/),
    fallback: 'teraffi_insights',
    meaning:
      'name of the replication slot and of the publication; another one for each installation on a server',
  },
  PIPELINE_INTERVAL_SECONDS: {
    schema: integer(0, 86_400),
    fallback: '300',
    meaning: 'seconds between scheduled runs; 0 switches the schedule off',
  },
  EXTRACT_LAG_SECONDS: {
    schema: integer(0, 604_800),
    fallback: '600',
    meaning: 'how far an extraction looks back behind its cursor for late commits',
  },
  EXTRACT_LAG_IDS: {
    schema: integer(0, 1_000_000_000),
    fallback: '5000',
    meaning: 'how many ids an extraction looks back behind a cursor of ids for late commits',
  },
  KEY_SWEEP_INTERVAL_SECONDS: {
    schema: integer(0, 31_536_000),
    fallback: '86400',
    meaning: 'seconds between two comparisons of all keys of a source, which find deleted rows; 0 = never',
  },
  FRESHNESS_SLO_MINUTES: {
    schema: integer(1, 525_600),
    fallback: '15',
    meaning: 'minutes that the data of a source or model may be old before it counts as stale',
  },
  LOG_LEVEL: {
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    fallback: 'info',
    meaning: 'least severe log line that is written',
  },
} satisfies Record<string, EnvVariable>;

type Variables = typeof variables;
type Required<K extends keyof Variables> = Variables[K] extends { fallback: string } ? true : false;
export type Config = {
  [K in keyof Variables]: Required<K> extends true
    ? z.output<Variables[K]['schema']>
    : z.output<Variables[K]['schema']> | undefined;
};
export type ApiKey = NonNullable<Config['API_KEYS']>[number];

/**
 * Prefixes no other program shares with us: a name that begins so and is not in the list is a typo.
 * Kubernetes injects NAME_PORT, NAME_SERVICE_HOST and the like for every service; those are not ours.
 */
const OUR_PREFIXES =
  /^(API_KEY|APP_ROLE|BENCHMARK_|CDC_|CLICKHOUSE_|DATABASE_UR|EXTRACT_|FRESHNESS_|HOLIDAY_|KEY_SWEEP_|NEO4J_|PARTITION_|PIPELINE_|PRODUCT_BASE|REDIS_UR|REPORTING_|RETENTION_|SLACK_|SMTP_UR|SOURCES_|STAGES_|SYNC_)/;
const INJECTED = /_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_\w+)?)$/;

/**
 * Reads the environment once. Throws an AppError of class configuration that names every bad variable and
 * what it must be, and never prints a value: a malformed secret is still a secret.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, variable] of Object.entries<EnvVariable>(variables)) {
    // An empty string means "not set": compose files and shells write it for an absent value.
    const text = env[name] === '' ? variable.fallback : (env[name] ?? variable.fallback);
    if (text === undefined) continue;
    const parsed = variable.schema.safeParse(text);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(`${name} is malformed: ${describeExpectation(parsed.error)}`);
  }
  for (const name of Object.keys(env)) {
    if (OUR_PREFIXES.test(name) && !INJECTED.test(name) && !Object.hasOwn(variables, name)) {
      problems.push(`${name} is not a variable of this service; run "cli config" for the list`);
    }
  }
  if (problems.length > 0) {
    throw new AppError({
      class: 'configuration',
      source: 'config',
      code: 'invalid_environment',
      message: `Refusing to start. ${problems.join('. ')}.`,
    });
  }
  return values as Config;
}

/** zod's messages without the received value, which may be a secret. */
function describeExpectation(error: z.ZodError): string {
  const issue = error.issues[0];
  if (!issue) return 'invalid';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'custom' || issue.code === 'invalid_format') return issue.message;
  return 'has the wrong type';
}

/** What `cli config` shows: every variable with its source; a secret only says whether it is set. */
export function describeConfig(env: NodeJS.ProcessEnv) {
  return Object.entries<EnvVariable>(variables).map(([name, variable]) => {
    const set = env[name] !== undefined && env[name] !== '';
    const shown = set ? env[name] : variable.fallback;
    return {
      name,
      source: set ? 'environment' : variable.fallback === undefined ? 'unset' : 'default',
      value: variable.secret && set ? '(set, hidden)' : (shown ?? null),
      meaning: variable.meaning,
    };
  });
}

/** SHA-256 in hex, as API_KEYS stores keys. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
