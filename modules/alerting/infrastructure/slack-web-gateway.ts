import { LogLevel, WebClient, type Logger } from '@slack/web-api';
import { z } from 'zod';
import type { ClaimedMessage, FindResult, PostResult, SlackGateway } from '../application/ports.js';
import { classifySlackError } from './slack-errors.js';

const EVENT_TYPE = 'teraffi_insights_alert';
const PAGE_SIZE = 200;
/** A channel with more messages than this since our first attempt cannot be searched in a lease's time. */
const MOST_PAGES = 20;
/** How far Slack's clock may run behind the database's. */
const CLOCK_SKEW_SECONDS = 300;

export interface SlackOptions {
  token: string;
  /** Base URL of the Web API. */
  apiUrl: string;
  timeoutMs?: number;
}

const posted = z.object({ ts: z.string() });
const opened = z.object({ channel: z.object({ id: z.string() }) });
const history = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z.object({ event_payload: z.record(z.string(), z.unknown()).optional() }).optional(),
      blocks: z.array(z.object({ block_id: z.string().optional() })).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

/**
 * Slack's Web API. The client's own retries are off: by default it posts again after a time-out, which doubles a
 * message that Slack has accepted. Scopes: chat:write, im:write, im:history (and the history scope of other kinds of
 * channels), metadata.message:read.
 */
export class SlackWebGateway implements SlackGateway {
  private readonly client: WebClient;

  constructor({ token, apiUrl, timeoutMs = 10_000 }: SlackOptions) {
    this.client = new WebClient(token, {
      slackApiUrl: apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      timeout: timeoutMs,
      logger: silent,
    });
  }

  async post({ channel, dedupKey, message }: ClaimedMessage): Promise<PostResult> {
    try {
      const answer = await this.client.apiCall('chat.postMessage', {
        channel,
        ...message,
        // Names must stay names: no formatting, no links and no previews made of them.
        mrkdwn: false,
        parse: 'none',
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
        metadata: { event_type: EVENT_TYPE, event_payload: { key: dedupKey } },
      });
      return { kind: 'sent', ts: posted.parse(answer).ts };
    } catch (error) {
      if (error instanceof z.ZodError) return { kind: 'uncertain', code: 'unreadable_response' };
      return classifySlackError(error);
    }
  }

  async find(claim: ClaimedMessage): Promise<FindResult> {
    try {
      const channel = await this.conversationOf(claim.channel);
      const oldest = String(Math.floor(Date.parse(claim.firstAttemptAt) / 1000) - CLOCK_SKEW_SECONDS);
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const answer = await this.client.apiCall('conversations.history', {
          channel,
          oldest,
          inclusive: true,
          include_all_metadata: true,
          limit: PAGE_SIZE,
          ...(cursor !== undefined && { cursor }),
        });
        const { messages, response_metadata } = history.parse(answer);
        const ours = messages.find(
          (each) =>
            each.metadata?.event_payload?.key === claim.dedupKey ||
            // Without the scope for metadata Slack leaves it out and says nothing; the id of our block stays.
            each.blocks?.some((block) => block.block_id === `alert:${claim.id}`),
        );
        if (ours) return { kind: 'found', ts: ours.ts };
        cursor = response_metadata?.next_cursor || undefined;
        if (cursor === undefined) return { kind: 'absent' };
      }
      return { kind: 'unreadable', code: 'history_too_long' };
    } catch (error) {
      if (error instanceof z.ZodError) return { kind: 'retry_later', code: 'unreadable_response' };
      const failure = classifySlackError(error);
      switch (failure.kind) {
        case 'rate_limited':
          return { kind: 'retry_later', code: 'rate_limited', retryAfterSeconds: failure.retryAfterSeconds };
        case 'not_sent':
        case 'uncertain':
          return { kind: 'retry_later', code: failure.code };
        case 'misconfigured':
          // A token may lack the scope for history for ever; that must not stop the messages which need none.
          return {
            kind: failure.code === 'missing_scope' ? 'unreadable' : 'misconfigured',
            code: failure.code,
          };
        case 'refused':
          return { kind: 'unreadable', code: failure.code };
      }
    }
  }

  /** A user id takes messages but has no history: its direct conversation has. */
  private async conversationOf(channel: string): Promise<string> {
    if (!/^[UW]/.test(channel)) return channel;
    return opened.parse(await this.client.apiCall('conversations.open', { users: channel })).channel.id;
  }
}

/** The client logs requests with their bodies, and warnings that our own outcome already carries. */
const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};
