import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stallEvidenceOf, stallIds } from '../../../test/factories/stall-evidence.js';
import { loadRules, loadTemplates } from '../infrastructure/definitions.js';
import { decideIncidents, type MessageDraft } from './decide-incidents.js';
import { renderPreview } from './preview.js';
import { createRenderer } from './render.js';
import type { Rule } from './rule.js';
import type { StallEvidence } from './signal.js';
import { fitsTotal, slackMessage, type SlackMessage } from './slack-message.js';

const BASE = 'https://app.example.com/';
const rule = loadRules()[0] as Rule;
const render = createRenderer(loadTemplates(), BASE);
const renderWithoutLinks = createRenderer(loadTemplates(), undefined);

function draft(
  evidence: StallEvidence[],
  digest: boolean,
  severity: 'warn' | 'critical' = 'warn',
): MessageDraft {
  const signals = evidence.map((each) => ({
    subject: each.partnershipId,
    severity,
    state: 'active' as const,
    evidence: each,
  }));
  const { outbox } = decideIncidents({ rule, incidents: [], signals, firstRun: digest });
  return outbox[0] as MessageDraft;
}

const single = (overrides: Partial<StallEvidence> = {}) => draft([stallEvidenceOf(1, 1, overrides)], false);
const many = (count: number, overrides: Partial<StallEvidence> = {}) =>
  draft(
    Array.from({ length: count }, (_, index) => stallEvidenceOf(index + 1, 1, overrides)),
    true,
  );

/** All texts of a message, with the way Slack reads each. */
function textsOf(message: SlackMessage): { type: string; text: string }[] {
  return message.blocks.flatMap((block) => {
    switch (block.type) {
      case 'header':
        return [block.text];
      case 'section':
        return [block.text, ...(block.fields ?? [])];
      case 'context':
        return block.elements;
      case 'actions':
        return block.elements.map((button) => button.text);
    }
  });
}

const HOSTILE = `"O'Brien" \\ <!channel> <@U1> & *bold* _it_ \`code\` ~no~ :tada: {{evil}} @here\n</script>`;

describe('stalled_deal', () => {
  it('tells the place among other visits and the chance to advance, where history does', () => {
    const facts = (overrides: Partial<StallEvidence>) =>
      JSON.stringify(render(single(overrides), rule).blocks[1]);
    expect(facts({ stagePercentile: 93.4, chance30d: 0.118 })).toContain(
      'as configured. 93 % of such visits were over sooner. Chance to advance within 30 days: 12 %.',
    );
    expect(facts({ stagePercentile: 93.4, chance30d: null })).toContain(
      'as configured. 93 % of such visits were over sooner."',
    );
    expect(facts({ stagePercentile: null, chance30d: null })).toContain('as configured."');
  });

  it('renders the golden payload', () => {
    expect(render(single(), rule)).toMatchSnapshot();
  });

  it('says critical in header and fallback', () => {
    const message = render(draft([stallEvidenceOf(1)], false, 'critical'), rule);
    expect(message.text).toMatch(/^Deal stalled \(critical\): /);
    expect(message.blocks[0]).toMatchObject({
      text: { text: expect.stringMatching(/^Deal stalled \(critical\): /) },
    });
  });

  it('has a link only with PRODUCT_BASE_URL', () => {
    expect(JSON.stringify(render(single(), rule))).toContain(
      `https://app.example.com/partnerships/${stallIds.deal(1)}`,
    );
    expect(JSON.stringify(renderWithoutLinks(single(), rule))).not.toContain('"actions"');
  });

  it('shows hostile names literally and gives none of them a meaning', () => {
    const message = render(
      single({ partners: [HOSTILE, HOSTILE], ownerName: HOSTILE, currency: '<!here>' }),
      rule,
    );
    const shown = HOSTILE.replaceAll('\n', ' ');
    const fields = textsOf(message).map(({ text }) => text);
    expect(fields).toContain(`Partner\n${shown}`);
    expect(fields).toContain(`Owner\n${shown}`);
    expect(fields).toContain('Deal value\n1,250,000.00 <!here>');
    // What Slack gives a meaning: mrkdwn and the fallback. No name stands in mrkdwn, and the fallback is escaped.
    const read = textsOf(message).filter(({ type }) => type === 'mrkdwn');
    expect(read).toEqual([
      {
        type: 'mrkdwn',
        text: '*34 business days* without a move; the limit in this stage is 30, as configured.',
        verbatim: true,
      },
    ]);
    expect(message.text).toContain(`"O'Brien" \\ &lt;!channel&gt; &lt;@U1&gt; &amp; *bold*`);
    expect(message.text).not.toMatch(/[<>]/);
  });

  it('stays within the limits whatever the names', () => {
    for (const name of ['&'.repeat(5000), '😀'.repeat(5000), '"'.repeat(5000), '\\'.repeat(5000), '']) {
      const message = render(single({ partners: [name, name], ownerName: name, stage: name || 'x' }), rule);
      expect(message.blocks[0]).toMatchObject({ type: 'header' });
      for (const { text } of textsOf(message)) expect(text).not.toMatch(/\p{Cs}/u);
      expect(textsOf(message)[0]?.text.length).toBeLessThanOrEqual(150);
      expect(message.text.length).toBeLessThanOrEqual(3000);
      expect(fitsTotal(message)).toBe(true);
    }
  });

  it('is valid for any text anywhere', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, text, text, text, text, (a, b, owner, stage, zone) => {
        const evidence = { partners: [a, b] as [string, string], ownerName: owner, ownerTimeZone: zone };
        const message = render(single({ ...evidence, stage: stage || 'x' }), rule);
        expect(slackMessage.parse(message)).toEqual(message);
        expect(message.text).not.toMatch(/[<>]/);
      }),
      { numRuns: 200 },
    );
  });
});

describe('stalled_digest', () => {
  it('renders the golden payload', () => {
    expect(render(many(2), rule)).toMatchSnapshot();
  });

  it('lists fifteen deals and counts the others', () => {
    const message = render(many(40), rule);
    const texts = textsOf(message).map(({ text }) => text);
    expect(message.text).toBe('40 of your deals have stalled.');
    expect(texts.filter((text) => /^\d+\. /.test(text))).toHaveLength(15);
    expect(texts).toContain('and 25 more');
    expect(new Set(message.blocks.map((block) => block.block_id)).size).toBe(message.blocks.length);
  });

  it('counts none when all are listed', () => {
    expect(JSON.stringify(render(many(15), rule))).not.toContain(' more"');
  });

  it('lists fewer rather than pass the total that Slack takes', () => {
    const longLinks = createRenderer(loadTemplates(), `https://app.example.com/${'x'.repeat(1500)}`);
    const message = longLinks(many(20, { partners: ['"'.repeat(200), '\\'.repeat(200)] }), rule);
    const listed = textsOf(message).filter(({ text }) => /^\d+\. /.test(text)).length;
    expect(fitsTotal(message)).toBe(true);
    expect(listed).toBeGreaterThan(0);
    expect(textsOf(message).map(({ text }) => text)).toContain(`and ${20 - listed} more`);
  });
});

describe('createRenderer', () => {
  it('refuses a template that prints a value past the helpers', () => {
    const texts = { ...loadTemplates(), stalled_deal: '{ "text": "{{title}}", "blocks": [] }' };
    expect(() => createRenderer(texts, undefined)).toThrow('Template stalled_deal, line 1');
    expect(() => createRenderer({ ...texts, stalled_deal: '{{{title}}}' }, undefined)).toThrow('line 1');
  });

  it('refuses a value that the view does not have', () => {
    const texts = { ...loadTemplates(), stalled_deal: '{ "text": "{{plain nothing}}" }' };
    expect(() => createRenderer(texts, undefined)(single(), rule)).toThrow('its view does not have');
  });
});

describe('renderPreview', () => {
  it('reads like the message', () => {
    expect(renderPreview(render(single(), rule))).toMatchInlineSnapshot(`
     "Deal stalled: Northwind Sneakers × Moonlit Pictures
     ───────────────────────────────────────────────────
     34 business days without a move; the limit in this stage is 30, as configured.
       Stage: negotiation
       Since: 12 Jan 2026
       Deal value: 1,250,000.00 USD
       Owner: Owner 1
       Partner: Northwind Sneakers
       Partner: Moonlit Pictures
     Open the deal: https://app.example.com/partnerships/20000000-0000-4000-8000-000000000001
     You get one message for each stage a deal stalls in. Deal 20000000-0000-4000-8000-000000000001"
    `);
    expect(renderPreview(render(many(2), rule))).toMatchInlineSnapshot(`
     "2 stalled deals
     ───────────────
     Owner 1, each deal below has been in its stage for longer than the limit. The most valuable and latest come first.
     1. Northwind Sneakers × Moonlit Pictures
     34 business days in negotiation, limit 30; 1,250,000.00 USD
       Open: https://app.example.com/partnerships/20000000-0000-4000-8000-000000000001
     2. Northwind Sneakers × Moonlit Pictures
     34 business days in negotiation, limit 30; 1,250,000.00 USD
       Open: https://app.example.com/partnerships/20000000-0000-4000-8000-000000000002
     This list comes once. From now on each deal that stalls gets a message of its own."
    `);
  });
});
