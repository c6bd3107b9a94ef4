import type { SlackMessage } from './slack-message.js';
import { unescapeSlack } from './slack-text.js';

type Block = SlackMessage['blocks'][number];
type Text = Extract<Block, { type: 'context' }>['elements'][number];
type Button = Extract<Block, { type: 'actions' }>['elements'][number];

/** A message as a person reads it in a terminal: plain lines, links written out, no trailing line break. */
export function renderPreview(message: SlackMessage): string {
  return message.blocks.map(previewBlock).join('\n');
}

function previewBlock(block: Block): string {
  switch (block.type) {
    case 'header':
      return `${words(block.text)}\n${'─'.repeat(Math.min(72, [...words(block.text)].length))}`;
    case 'section':
      return [
        words(block.text),
        ...(block.fields ?? []).map((field) => `  ${words(field).replace('\n', ': ')}`),
        ...(block.accessory ? [`  ${link(block.accessory)}`] : []),
      ].join('\n');
    case 'context':
      return block.elements.map(words).join(' · ');
    case 'actions':
      return block.elements.map(link).join('\n');
  }
}

/** Our templates use mrkdwn for *bold* around their own words only. */
const words = (text: Text): string =>
  text.type === 'plain_text' ? text.text : unescapeSlack(text.text.replace(/\*([^*\n]+)\*/g, '$1'));

const link = (button: Button): string => `${button.text.text}: ${button.url}`;
