import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { z } from 'zod';

/**
 * The control protocol: a client connects, sends one line of JSON (a request) and gets one back (a reply). The
 * connection then stays open and silent: it IS the lease, and the kernel closes it when the client dies.
 */
export const embeddedStoreSchema = z.enum(['clickhouse', 'postgres', 'graph']);
export type EmbeddedStore = z.infer<typeof embeddedStoreSchema>;

export const endpointsSchema = z.object({
  clickhouse: z.object({ url: z.string(), username: z.string(), password: z.string() }).optional(),
  postgres: z.object({ url: z.string() }).optional(),
  graph: z.object({ url: z.string(), token: z.string() }).optional(),
});
export type EmbeddedEndpoints = z.infer<typeof endpointsSchema>;

export const leaseRequestSchema = z.object({
  token: z.string(),
  stores: z.array(embeddedStoreSchema),
  lingerMs: z.number().int().nonnegative(),
});
export type LeaseRequest = z.infer<typeof leaseRequestSchema>;

export const leaseReplySchema = z.union([
  z.object({ endpoints: endpointsSchema }),
  z.object({
    error: z.object({
      class: z.enum(['transient', 'rejected', 'configuration', 'bug']),
      source: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  }),
]);
export type LeaseReply = z.infer<typeof leaseReplySchema>;

const MAX_LINE_BYTES = 64 * 1024;

/** The first line a peer sends, parsed as JSON. Rejects when the peer closes, or talks too long, before its end. */
export function readJsonLine(socket: Socket): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (act: () => void): void => {
      socket.off('data', onData).off('close', onClose);
      act();
    };
    const onClose = (): void => settle(() => reject(new Error('the peer closed the connection')));
    const onData = (chunk: Buffer): void => {
      const end = chunk.indexOf('\n');
      chunks.push(end < 0 ? chunk : chunk.subarray(0, end));
      size += chunk.length;
      if (end < 0 && size <= MAX_LINE_BYTES) return;
      settle(() => {
        if (size > MAX_LINE_BYTES) return reject(new Error('the peer sent an oversized line'));
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    };
    socket.on('data', onData).once('close', onClose);
  });
}

export function writeJsonLine(socket: Socket, message: LeaseRequest | LeaseReply): void {
  socket.write(JSON.stringify(message) + '\n');
}

/** Equality that takes the same time wherever the texts differ; hashing first hides their lengths too. */
export function sameSecret(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
