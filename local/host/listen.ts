/** Takes a port on loopback. */

export interface Listening {
  port: number;
  close(): Promise<void>;
}

const ports_to_try = 20;

/**
 * Serves on 127.0.0.1 at `port` or the next free one; 0 takes any. `makeHandler` is told the port,
 * since the host's own address stands in tokens and settings.
 */
export function listen(
  port: number,
  makeHandler: (port: number) => (request: Request) => Promise<Response>,
): Listening {
  let handler: ((request: Request) => Promise<Response>) | undefined;
  const serve = (candidate: number) =>
    Deno.serve({ hostname: "127.0.0.1", port: candidate, onListen: () => {} }, (request) => {
      return handler ? handler(request) : new Response("starting\n", { status: 503 });
    });
  const server = (() => {
    const last = port === 0 ? 0 : port + ports_to_try - 1;
    for (let candidate = port;; candidate++) {
      try {
        return serve(candidate);
      } catch (error) {
        if (!(error instanceof Deno.errors.AddrInUse) || candidate === last) throw error;
      }
    }
  })();
  handler = makeHandler(server.addr.port);
  return { port: server.addr.port, close: () => server.shutdown() };
}
