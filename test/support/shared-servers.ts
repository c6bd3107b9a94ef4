import { z } from 'zod';

/** The servers every test file shares: those of TEST_CLICKHOUSE_URL and TEST_POSTGRES_URL, else the embedded ones global-setup started. */
const servers = z.object({ TEST_CLICKHOUSE_URL: z.url(), TEST_POSTGRES_URL: z.url() });

export function sharedServers(): { clickhouseUrl: string; postgresUrl: string } {
  const { TEST_CLICKHOUSE_URL, TEST_POSTGRES_URL } = servers.parse(process.env);
  return { clickhouseUrl: TEST_CLICKHOUSE_URL, postgresUrl: TEST_POSTGRES_URL };
}
