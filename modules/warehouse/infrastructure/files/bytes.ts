/**
 * Byte text: a string whose every character is one byte of UTF-8 (latin1). Lines and cells are cut in this form, because
 * separators are found as fast as in text while every byte between them stays as it was.
 */
export const byteText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
export const toByteText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
export const fromByteText = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

/** The first `count` bytes (fewer when there are no more) and all bytes, those included. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head: Uint8Array = Buffer.alloc(0);
  let done = false;
  while (head.length < count && !done) {
    const next = await iterator.next();
    if (next.done === true) done = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, all: all() };
}
