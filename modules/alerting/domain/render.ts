import Handlebars from 'handlebars';
import type { MessageDraft } from './decide-incidents.js';
import { stalledDealView, stalledDigestView } from './message-view.js';
import type { Rule } from './rule.js';
import { fitsTotal, fitTexts, slackMessage, type SlackMessage } from './slack-message.js';
import { escapeSlack } from './slack-text.js';

/** Most deals that one digest lists; the rest is a number. */
export const DIGEST_ITEMS = 15;

/**
 * Inside a JSON string of a template: the characters of a text without its quotes. Throws on anything else: strict mode
 * looks at what stands alone in a template, not at what goes into a helper.
 */
function insideJson(value: unknown): string {
  if (typeof value !== 'string') throw new Error('A template prints a value that its view does not have.');
  return JSON.stringify(value).slice(1, -1);
}

/** The only ways a value enters a template: `plain` into plain_text, `slack` into mrkdwn and the text fallback. */
const HELPERS: Record<string, (value: unknown) => string> = {
  plain: insideJson,
  slack: (value) => insideJson(typeof value === 'string' ? escapeSlack(value) : value),
};

/** Text of each template by name (`stalled_deal`), as under templates/slack. */
export type TemplateTexts = Record<Rule['template'] | Rule['digest'], string>;

export type RenderMessage = (message: MessageDraft, rule: Rule) => SlackMessage;

/**
 * Compiles the templates once, in a Handlebars of our own, and returns the pure function from a message to its Block
 * Kit payload. `baseUrl` is PRODUCT_BASE_URL.
 *
 * Throws on a template that prints a value past the two helpers: every value is a stranger's, and only they keep the
 * JSON whole and Slack's mentions dead. Rendering throws ZodError when a template makes a block that Slack would refuse.
 */
export function createRenderer(texts: TemplateTexts, baseUrl: string | undefined): RenderMessage {
  const handlebars = Handlebars.create();
  handlebars.registerHelper(HELPERS);
  const compile = (name: keyof TemplateTexts) => {
    assertOnlyHelpers(handlebars, name, texts[name]);
    const template = handlebars.compile(texts[name], { strict: true, noEscape: true });
    return (view: object): SlackMessage => fitTexts(slackMessage.parse(JSON.parse(template(view))));
  };
  const templates = { stalled_deal: compile('stalled_deal'), stalled_digest: compile('stalled_digest') };

  return (message, rule) => {
    const [incident] = message.incidents;
    if (message.transition === 'opened' && incident) {
      return templates[rule.template](stalledDealView(message, incident, baseUrl));
    }
    // A long base URL can make fifteen items too long: list fewer rather than have Slack refuse the whole.
    for (let listed = DIGEST_ITEMS; ; listed -= 1) {
      const rendered = templates[rule.digest](stalledDigestView(message, listed, baseUrl));
      if (fitsTotal(rendered) || listed === 0) return rendered;
    }
  };
}

function assertOnlyHelpers(handlebars: typeof Handlebars, name: string, text: string): void {
  class PrintedValues extends Handlebars.Visitor {
    override MustacheStatement(mustache: hbs.AST.MustacheStatement): void {
      const { path } = mustache;
      if (
        path.type !== 'PathExpression' ||
        !Object.hasOwn(HELPERS, (path as hbs.AST.PathExpression).original)
      ) {
        throw new Error(
          `Template ${name}, line ${mustache.loc.start.line}: print values with {{plain ...}} or {{slack ...}} only.`,
        );
      }
    }
  }
  new PrintedValues().accept(handlebars.parse(text));
}
