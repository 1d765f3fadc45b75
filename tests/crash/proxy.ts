/**
 * A proxy between the host and whom it asks. A request that is held leaves its socket open until the
 * host dies, which is what a lost request and a lost answer look like from both ends.
 */

import { once } from "node:events";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Checkpoints, Moment } from "./checkpoints.ts";

export type Proxy = { origin: string; close(): Promise<void> };

export type ProxyOptions = {
  checkpoints: Checkpoints;
  /** The checkpoint's name, or null for a request that just passes. */
  nameOf(method: string, path: string): string | null;
  /** Where everything goes; undefined: where the request itself says, as to any HTTP proxy. */
  target?: () => string;
};

export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const server = createServer((incoming, outgoing) => {
    // Kept here: a request whose reading was broken off has lost its socket.
    const { socket } = incoming;
    // The host was killed, or whom it asked: either way the socket is all that there is to end.
    pass(options, incoming, outgoing).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function pass(
  { checkpoints, nameOf, target }: ProxyOptions,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = "GET" } = incoming;
  const url = new URL(incoming.url ?? "/", target?.() ?? `http://${incoming.headers.host}`);
  const name = nameOf(method, url.pathname);
  const checkpoint = name === null ? null : checkpoints.enter(name);
  const reach = async (moment: Moment) => {
    if (checkpoint !== null) await checkpoints.pass(checkpoint, moment);
  };

  // The Host stays as the host wrote it: TikTok's upload addresses then lead over this proxy too.
  const { headers } = incoming;
  const open = () =>
    request({
      hostname: url.hostname,
      port: url.port,
      method,
      path: `${url.pathname}${url.search}`,
      headers,
    });

  await reach("before");
  if (checkpoint !== null && checkpoints.expects(checkpoint, "late")) {
    const body = await readAll(incoming);
    await checkpoints.keep(async () => {
      const upstream = open();
      const answered = answerOf(upstream);
      upstream.end(body);
      await readAll(await answered);
    });
  }
  const upstream = open();
  try {
    const answered = answerOf(upstream);
    await Promise.race([forward(incoming, upstream, () => reach("amid")), answered]);
    const answer = await answered;
    const body = await readAll(answer);
    await reach("after");
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    outgoing.end(body);
  } finally {
    upstream.destroy();
  }
}

async function forward(
  incoming: IncomingMessage,
  upstream: ClientRequest,
  reachAmid: () => Promise<void>,
): Promise<void> {
  const size_bytes = Number(incoming.headers["content-length"]);
  let sent_bytes = 0;
  for await (const piece of incoming) {
    if (!upstream.write(piece)) await once(upstream, "drain");
    sent_bytes += piece.length;
    if (sent_bytes * 2 >= size_bytes) await reachAmid();
  }
  upstream.end();
}

async function answerOf(upstream: ClientRequest): Promise<IncomingMessage> {
  const [answer] = await once(upstream, "response");
  return answer;
}

async function readAll(answer: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of answer) pieces.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
