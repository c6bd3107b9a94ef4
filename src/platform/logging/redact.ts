const SECRETS: readonly [RegExp, string][] = [
  // user:password@ of any URL
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@'"]*@/gi, '$1***@'],
  [/\bxox[a-z]-[\w-]+/gi, '***'],
  [/\bbearer\s+[\w.~+/=-]+/gi, 'Bearer ***'],
  [/\b(authorization["']?\s*[=:]\s*["']?basic)\s+[\w+/=]+/gi, '$1 ***'],
  [/\b(password|passwd|secret|token|api[_-]?key)(["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi, '$1$2***'],
];

/** Text without what looks like a credential: drivers put connection strings into their error messages. */
export function redact(text: string): string {
  return SECRETS.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
