import { z } from 'zod';
import { cut } from './slack-text.js';

/** Slack's documented limits, in characters of the escaped text; counted here in UTF-16 units, which are never fewer. */
export const SLACK_LIMITS = {
  header: 150,
  section: 3000,
  field: 2000,
  fields: 10,
  contextElements: 10,
  button: 75,
  url: 3000,
  blocks: 50,
  /** Slack truncates texts of many thousand characters and may post them twice; a fallback stays far below. */
  text: 3000,
  /** Not documented: messages of more than about 13,000 characters are refused with msg_blocks_too_long. */
  total: 12_000,
} as const;

const plain = z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1), emoji: z.boolean() });
const mrkdwn = z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1), verbatim: z.boolean() });
const text = z.discriminatedUnion('type', [plain, mrkdwn]);
const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().min(1).max(255),
  text: plain,
  url: z.url({ protocol: /^https?$/ }).max(SLACK_LIMITS.url),
});
const blockId = z.string().min(1).max(255);

/** The part of Block Kit that our templates use. */
const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: blockId, text: plain }),
  z.strictObject({
    type: z.literal('section'),
    block_id: blockId,
    text,
    fields: z.array(text).min(1).optional(),
    accessory: button.optional(),
  }),
  z.strictObject({ type: z.literal('context'), block_id: blockId, elements: z.array(text).min(1) }),
  z.strictObject({ type: z.literal('actions'), block_id: blockId, elements: z.array(button).min(1).max(25) }),
]);

/** What chat.postMessage takes, less channel and metadata. `text` is what notifications and screen readers show. */
export const slackMessage = z.strictObject({
  text: z.string().min(1),
  blocks: z.array(block).min(1).max(SLACK_LIMITS.blocks),
});
export type SlackMessage = z.infer<typeof slackMessage>;
type Text = z.infer<typeof text>;
type Block = z.infer<typeof block>;

/** The same message with every text cut to Slack's limit for its place. */
export function fitTexts(message: SlackMessage): SlackMessage {
  return { text: cut(message.text, SLACK_LIMITS.text, true), blocks: message.blocks.map(fitBlock) };
}

function fitBlock(each: Block): Block {
  switch (each.type) {
    case 'header':
      return { ...each, text: fitText(each.text, SLACK_LIMITS.header) };
    case 'section':
      return {
        ...each,
        text: fitText(each.text, SLACK_LIMITS.section),
        ...(each.fields && {
          fields: each.fields
            .slice(0, SLACK_LIMITS.fields)
            .map((field) => fitText(field, SLACK_LIMITS.field)),
        }),
      };
    case 'context':
      return {
        ...each,
        elements: each.elements
          .slice(0, SLACK_LIMITS.contextElements)
          .map((element) => fitText(element, SLACK_LIMITS.field)),
      };
    case 'actions':
      return each;
  }
}

function fitText<T extends Text>(value: T, limit: number): T {
  return { ...value, text: cut(value.text, limit, value.type === 'mrkdwn') };
}

/** Whether the blocks stay under Slack's undocumented total; their JSON is never shorter than what Slack counts. */
export const fitsTotal = (message: SlackMessage): boolean =>
  JSON.stringify(message.blocks).length <= SLACK_LIMITS.total;
