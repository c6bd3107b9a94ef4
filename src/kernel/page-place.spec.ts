import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { parsePlaceText, placeText } from './page-place.js';

const place = z.tuple([z.int(), z.string()]);

describe('the place of a page', () => {
  it('comes back as it went, in characters that a URL takes', () => {
    const text = placeText([-40, 'Söhne & "Co" ?']);
    expect(text).toMatch(/^[\w-]+$/);
    expect(parsePlaceText(text, place)).toEqual([-40, 'Söhne & "Co" ?']);
  });

  it.each(['', 'x', placeText(['1', 'a']), placeText([1]), placeText(null)])('is none in %j', (text) => {
    expect(parsePlaceText(text, place)).toBeNull();
  });
});
