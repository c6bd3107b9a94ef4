import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  /** The URL of the target with this proxy's host and port. */
  url: string;
  /** Calls `strike` when the nth chunk from now crosses, after its first half has; false: the rest does not follow. */
  arm(chunk: number, strike: () => boolean): void;
  /** Breaks all connections; with `stays`, new ones too until up(). */
  cut(stays: boolean): void;
  up(): void;
  close(): Promise<void>;
}

/** A TCP proxy that counts the chunks that cross it, in both directions and over all its connections. */
export async function startFaultProxy(target: URL): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  let down = false;
  let left = Infinity;
  let strike = (): boolean => true;
  const forward = (from: Socket, to: Socket): void => {
    sockets.add(from);
    from.on('error', () => undefined);
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('end', () => to.end());
    from.on('data', (chunk: Buffer) => {
      left -= 1;
      if (left !== 0) return void to.write(chunk);
      const half = Math.floor(chunk.length / 2);
      to.write(chunk.subarray(0, half));
      if (strike()) to.write(chunk.subarray(half));
    });
  };
  const server = createServer((client) => {
    if (down) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    forward(client, upstream);
    forward(upstream, client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = (stays: boolean): void => {
    down = stays;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    arm: (chunk, then) => {
      left = chunk;
      strike = then;
    },
    cut,
    up: () => {
      down = false;
    },
    close: async () => {
      cut(true);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
