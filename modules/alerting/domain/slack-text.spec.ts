import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, escapeSlack, oneLine, unescapeSlack } from './slack-text.js';

describe('escapeSlack', () => {
  it('escapes the three characters and no others', () => {
    expect(escapeSlack(`<!channel> & "Bob's" *bold* <https://x|y>`)).toBe(
      `&lt;!channel&gt; &amp; "Bob's" *bold* &lt;https://x|y&gt;`,
    );
  });

  it('is undone by unescapeSlack for any text', () => {
    fc.assert(fc.property(fc.string(), (text) => expect(unescapeSlack(escapeSlack(text))).toBe(text)));
  });
});

describe('cut', () => {
  it('keeps a text that fits', () => {
    expect(cut('exactly', 7)).toBe('exactly');
  });

  it('never cuts a code point apart', () => {
    expect(cut('ab😀cd', 4)).toBe('ab…');
    expect(cut('ab😀cd', 5)).toBe('ab😀…');
  });

  it('never cuts an entity apart, at any limit', () => {
    const text = fc.array(fc.constantFrom('a', '&', '<', '>', '😀', 'é')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (raw, limit) => {
        const result = cut(escapeSlack(raw), limit, true);
        expect(result.length).toBeLessThanOrEqual(limit);
        const kept = unescapeSlack(result.replace(/…$/, ''));
        expect(raw.startsWith(kept)).toBe(true);
        expect(result.replaceAll(/&(amp|lt|gt);/g, '')).not.toMatch(/[&<>]/);
        expect(result).not.toMatch(/\p{Cs}/u);
      }),
    );
  });
});

describe('oneLine', () => {
  it('leaves no way to forge a field, turn the text or drive a terminal', () => {
    expect(oneLine('Acme\nStage:\r\n signed\u2028x\u001b[2J\u202Egpj')).toBe('Acme Stage: signed x [2Jgpj');
  });

  it('names what has no name', () => {
    for (const nothing of [null, '', '  \n']) expect(oneLine(nothing)).toBe('(no name)');
  });
});
