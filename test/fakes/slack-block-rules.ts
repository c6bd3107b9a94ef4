import { z } from 'zod';

// Slack's documented limits, written down a second time on purpose: the code under test must not mark its own work.
const plain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(most),
    emoji: z.boolean().optional(),
  });
const anyText = (most: number) =>
  z.discriminatedUnion('type', [
    plain(most),
    z.strictObject({
      type: z.literal('mrkdwn'),
      text: z.string().min(1).max(most),
      verbatim: z.boolean().optional(),
    }),
  ]);
const button = z.strictObject({
  type: z.literal('button'),
  action_id: z.string().max(255),
  text: plain(75),
  url: z.url().max(3000).optional(),
  value: z.string().max(2000).optional(),
});
const id = { block_id: z.string().max(255).optional() };
const block = z.discriminatedUnion('type', [
  z.strictObject({ ...id, type: z.literal('header'), text: plain(150) }),
  z
    .strictObject({
      ...id,
      type: z.literal('section'),
      text: anyText(3000).optional(),
      fields: z.array(anyText(2000)).min(1).max(10).optional(),
      accessory: button.optional(),
    })
    .refine((section) => section.text ?? section.fields),
  z.strictObject({ ...id, type: z.literal('context'), elements: z.array(anyText(3000)).min(1).max(10) }),
  z.strictObject({ ...id, type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
]);
const blocks = z
  .array(block)
  .max(50)
  .refine((list) => {
    const ids = list.flatMap((each) => each.block_id ?? []);
    return new Set(ids).size === ids.length;
  });
const MOST_CHARACTERS = 13_000;

/**
 * Blocks as chat.postMessage takes them, with the texts that Slack reads as markup; or the code it refuses them with.
 */
export function checkBlocks(
  text: string | undefined,
): { blocks: unknown[]; markup: string[] } | { error: string } {
  if (text === undefined) return { blocks: [], markup: [] };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { error: 'invalid_blocks_format' };
  }
  const parsed = blocks.safeParse(json);
  if (!parsed.success) return { error: 'invalid_blocks' };
  if (text.length > MOST_CHARACTERS) return { error: 'msg_blocks_too_long' };
  return { blocks: parsed.data, markup: parsed.data.flatMap(textsOf).flatMap(markupOf) };
}

type Block = z.infer<typeof block>;
type AnyText = { type: string; text: string };

function textsOf(each: Block): AnyText[] {
  switch (each.type) {
    case 'header':
      return [each.text];
    case 'section':
      return [...(each.text ? [each.text] : []), ...(each.fields ?? [])];
    case 'context':
      return each.elements;
    case 'actions':
      return each.elements.map((element) => element.text);
  }
}

const markupOf = ({ type, text }: AnyText): string[] => (type === 'mrkdwn' ? [text] : []);
