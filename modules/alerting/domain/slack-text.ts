/** Escapes the three characters Slack's mrkdwn gives a meaning: mentions, links and entities cannot be forged. */
export const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The reverse of escapeSlack. */
export const unescapeSlack = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/**
 * Text of a stranger on one line: a line break could forge another field, a direction mark could turn what follows,
 * a control character could drive a terminal. Never empty, as Slack refuses empty texts.
 */
export function oneLine(text: string | null): string {
  const clean = (text ?? '')
    .replace(/[\p{Bidi_Control}\p{Cs}]/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return clean === '' ? '(no name)' : clean;
}

/**
 * At most `limit` UTF-16 units, with an ellipsis where something was cut. Never cuts a code point apart nor, in
 * escaped text, one of the entities that escapeSlack makes.
 */
export function cut(text: string, limit: number, escaped = false): string {
  if (text.length <= limit) return text;
  const units = escaped ? /&(?:amp|lt|gt);|./gsu : /./gsu;
  let kept = '';
  for (const [unit] of text.matchAll(units)) {
    if (kept.length + unit.length > limit - 1) break;
    kept += unit;
  }
  return `${kept}…`;
}
