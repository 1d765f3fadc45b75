/** Takes a port on loopback. */
import type { Handle } from "./gateway.ts";

export interface Listening {
  port: number;
  /** Waits for the requests under way. Calling it again does nothing more. */
  close(): Promise<void>;
}

const ports_to_try = 20;

/**
 * Serves on 127.0.0.1 at `port` or the next free one; 0 takes any. `makeHandler` is told the port,
 * since the host's own address stands in tokens and settings.
 */
export function listen(port: number, makeHandler: (port: number) => Handle): Listening {
  const server = serveOnFreePort(port, (request) => handler(request));
  // Set before any request: those are handed over in a later turn of the event loop.
  const handler = makeHandler(server.addr.port);
  let closing: Promise<void> | undefined;
  return { port: server.addr.port, close: () => closing ??= server.shutdown() };
}

function serveOnFreePort(port: number, handle: Handle): Deno.HttpServer<Deno.NetAddr> {
  const last = port === 0 ? 0 : port + ports_to_try - 1;
  for (let candidate = port;; candidate++) {
    try {
      const options = { hostname: "127.0.0.1", port: candidate, onListen: () => {} };
      return Deno.serve(options, handle);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse) || candidate === last) throw error;
    }
  }
}
