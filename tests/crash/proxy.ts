/**
 * A proxy between the host and whom it asks. A request that is held leaves its socket open until the
 * host dies, which is what a lost request and a lost answer look like from both ends.
 */

import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Checkpoint, Checkpoints } from "./checkpoints.ts";

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
    // The host was killed, or who it asked was: either way the socket is all there is to end.
    pass(options, incoming, outgoing).catch(() => incoming.socket.destroy());
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
  if (checkpoint !== null && checkpoints.holds(checkpoint, "before")) return;

  const upstream = request({
    hostname: url.hostname,
    port: url.port,
    method,
    path: `${url.pathname}${url.search}`,
    // The Host stays as the host wrote it: TikTok's upload addresses then lead over this proxy too.
    headers: incoming.headers,
  });
  const failed = new Promise<never>((_, reject) => upstream.once("error", reject));
  outgoing.once("close", () => upstream.destroy());
  const answered = new Promise<IncomingMessage>((resolve) => upstream.once("response", resolve));
  const sending = send(checkpoints, checkpoint, incoming, upstream);
  if (await Promise.race([sending, failed]) === "held") return;
  const answer = await Promise.race([answered, failed]);
  const body = await readAll(answer);

  if (checkpoint !== null && checkpoints.holds(checkpoint, "after")) return;
  outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
  outgoing.end(body);
}

async function send(
  checkpoints: Checkpoints,
  checkpoint: Checkpoint | null,
  incoming: IncomingMessage,
  upstream: ReturnType<typeof request>,
): Promise<"sent" | "held"> {
  const half_bytes = Number(incoming.headers["content-length"] ?? 0) / 2;
  let sent_bytes = 0;
  for await (const piece of incoming) {
    sent_bytes += piece.length;
    if (!upstream.write(piece)) await drained(upstream);
    if (checkpoint !== null && sent_bytes >= half_bytes && checkpoints.holds(checkpoint, "amid")) {
      return "held";
    }
  }
  upstream.end();
  return "sent";
}

function drained(upstream: ReturnType<typeof request>): Promise<void> {
  return new Promise((resolve, reject) => {
    upstream.once("drain", resolve);
    upstream.once("close", () => reject(new Error("whom it was sent to is gone")));
  });
}

async function readAll(answer: IncomingMessage): Promise<Uint8Array> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of answer) pieces.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
