import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import type { Postgres } from '../../../src/platform/postgres/postgres.js';
import { readStatement } from '../../../src/platform/sql-file.js';
import { isInstalled } from '../../servers/child.js';
import { timed } from '../measure.js';

const MERGE = readStatement(import.meta.url, './sql/merge.sql');
const INCOMING = 'CREATE TEMP TABLE incoming (LIKE insights.bench_limit)';

/** What a person with the file and no diff would do: COPY into a temporary table, one merge. */
export interface Limit {
  how: string;
  /** Seconds. */
  merge(csv: string): Promise<number>;
}

/** psql where there is one; else the driver sends the same file and the same statements. */
export async function createLimit(postgres: Postgres, url: string): Promise<Limit> {
  if (await isInstalled('psql', '--version'))
    return { how: 'psql', merge: async (csv) => (await timed(() => psql(url, csv))).seconds };
  return {
    how: 'COPY through the driver, for want of psql',
    merge: async (csv) => (await timed(() => throughDriver(postgres, csv))).seconds,
  };
}

async function psql(databaseUrl: string, csv: string): Promise<void> {
  const url = new URL(databaseUrl);
  const script = `${INCOMING};\n\\copy incoming FROM '${csv}' CSV\n${MERGE};\n`;
  const child = spawn('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1'], {
    env: {
      ...process.env,
      PGHOST: url.hostname,
      PGPORT: url.port,
      PGUSER: decodeURIComponent(url.username),
      PGPASSWORD: decodeURIComponent(url.password),
      PGDATABASE: url.pathname.slice(1),
    },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let problem = '';
  child.stderr.on('data', (chunk: Buffer) => (problem += chunk.toString()));
  child.stdin.end(script);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`psql ended ${code}: ${problem}`);
}

async function throughDriver(postgres: Postgres, csv: string): Promise<void> {
  await postgres.withSession(async (session) => {
    await session.execute(INCOMING);
    await session.copyIn('COPY incoming FROM STDIN CSV', createReadStream(csv));
    await session.execute(MERGE);
    await session.execute('DROP TABLE incoming');
  });
}
