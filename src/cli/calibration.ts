import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Postgres } from '../platform/postgres/postgres.js';

/** One million rows of the width of an affinity snapshot, made by the server while it sends them. */
const MILLION_ROWS = `COPY (
  SELECT n, md5(n::text) AS a, md5((n + 1)::text) AS b, (n % 10000) / 10000.0 AS c, now() + n * interval '1 microsecond' AS d
  FROM generate_series(1, 1000000) AS n
) TO STDOUT`;

/** Seconds that COPY of a million rows takes here: what times of a run on this machine are read against. */
export async function calibrate(postgres: Postgres): Promise<number> {
  const started = performance.now();
  await postgres.withSession((session) =>
    pipeline(
      session.copyOut(MILLION_ROWS),
      new Writable({
        write(_chunk, _encoding, done) {
          done();
        },
      }),
    ),
  );
  return (performance.now() - started) / 1000;
}
