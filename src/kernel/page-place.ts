/** Where the last row of a page stands in its list, as the text that the next request brings back. */
export function placeText(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/**
 * The place that `placeText` made a text of; null for a text that no page gave.
 * @param place a schema whose `parse` throws at anything else
 */
export function parsePlaceText<T>(text: string, place: { parse(value: unknown): T }): T | null {
  try {
    return place.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}
