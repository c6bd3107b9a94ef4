import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

const NEWLINE = 10;

/**
 * Cuts a stream of lines behind line ends into parts of about `size` bytes and hands each to `take` as a stream of its own.
 * A part may still be worked on while the next one is read, not more: what is held in memory does not grow with the stream.
 * Calls `take` at least once. Rejects, after everything has come to an end, with what the stream or a `take` failed with.
 */
export async function inLineParts(
  lines: Readable,
  size: number,
  take: (part: Readable) => Promise<void>,
): Promise<void> {
  const chunks = lines.iterator({ destroyOnReturn: true });
  let rest = Buffer.alloc(0);
  let more = true;
  async function* part(): AsyncGenerator<Buffer> {
    for (let sent = 0; ;) {
      const next = rest.length > 0 ? undefined : await chunks.next();
      if (next?.done) {
        more = false;
        return;
      }
      const chunk = next === undefined ? rest : Buffer.from(next.value);
      rest = Buffer.alloc(0);
      const end = sent + chunk.length < size ? -1 : chunk.lastIndexOf(NEWLINE);
      if (end >= 0) {
        rest = chunk.subarray(end + 1);
        yield chunk.subarray(0, end + 1);
        return;
      }
      sent += chunk.length;
      yield chunk;
    }
  }
  let [before, taken] = [Promise.resolve(), Promise.resolve()];
  try {
    while (more) {
      const body = Readable.from(part(), { objectMode: false });
      taken = Promise.all([take(body), finished(body)]).then(() => undefined);
      taken.catch(() => undefined); // awaited below, but perhaps after the part before it has failed
      await Promise.race([finished(body), taken]);
      await before;
      before = taken;
    }
    await taken;
  } finally {
    await Promise.allSettled([before, taken]);
    await chunks.return?.();
  }
}
