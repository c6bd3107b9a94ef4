/** Numeric codes of ClickHouse that clients decide by. */
const HTTP_STATUS = new Map<number, number>([
  [27, 400],
  [53, 400],
  [62, 400],
  [60, 404],
  [81, 404],
  [115, 404],
  [159, 408],
  [164, 403],
  [241, 500],
  [516, 403],
]);

/** An error in the words a ClickHouse server would use, which is what clients parse. */
export class ClickHouseError extends Error {
  constructor(
    readonly code: number,
    name: string,
    text: string,
  ) {
    super(`Code: ${code}. DB::Exception: ${text} (${name})`);
  }

  get httpStatus(): number {
    return HTTP_STATUS.get(this.code) ?? 500;
  }
}

/** What the engine threw; its message already reads `Code: N. DB::Exception: ...`, else it becomes code 1001. */
export function toClickHouseError(error: unknown): ClickHouseError {
  if (error instanceof ClickHouseError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = Number(/^Code: (\d+)\./.exec(message)?.[1] ?? 1001);
  const known = new ClickHouseError(code, 'STD_EXCEPTION', message);
  if (code !== 1001) known.message = message.trimEnd();
  return known;
}
