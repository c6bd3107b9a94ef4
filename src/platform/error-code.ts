/**
 * The `code` that Node and drivers put on their errors (ENOENT, EADDRINUSE). Looks at the shape: `instanceof Error` is
 * false for an error that comes from another realm.
 */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
