import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { attachBody } from "./wire.ts";

export interface Listening {
  origin: string;
  close(): Promise<void>;
}

/** What is no upload is small. */
const MAX_BODY_BYTES = 1_000_000;

/**
 * Serves on loopback. `node:http` shows the headers as they came, lets a socket die, and hands an
 * upload on piece by piece, no faster than it is written.
 */
export async function listen(
  respond: (request: Request) => Promise<Response>,
  port: number,
): Promise<Listening> {
  const server = createServer((incoming, outgoing) => {
    // Kept here: a body whose reading was broken off has lost its socket.
    const { socket } = incoming;
    serve(respond, incoming, outgoing)
      .then((answered) => answered || socket.destroy())
      .catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { origin, close };
}

/** False where the client is to see its connection die. */
async function serve(
  respond: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<boolean> {
  const request = await toRequest(incoming);
  const response = request === null ? new Response(null, { status: 413 }) : await respond(request);
  if (response.type === "error") return false;
  await drain(incoming);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(new Uint8Array(await response.arrayBuffer()));
  return true;
}

/** Null where the body is too big for anything but an upload. */
async function toRequest(incoming: IncomingMessage): Promise<Request | null> {
  const headers = new Headers();
  for (let at = 0; at < incoming.rawHeaders.length; at += 2) {
    headers.append(incoming.rawHeaders[at]!, incoming.rawHeaders[at + 1]!);
  }
  const method = incoming.method ?? "GET";
  // Put together, not resolved: a path of "//host/" must not become another origin.
  const url = new URL(`http://${incoming.headers.host ?? "127.0.0.1"}${incoming.url ?? "/"}`);
  if (method === "PUT") {
    const request = new Request(url, { method, headers });
    attachBody(request, incoming);
    return request;
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size_bytes = 0;
  for await (const piece of incoming) {
    size_bytes += piece.length;
    if (size_bytes > MAX_BODY_BYTES) return null;
    pieces.push(new Uint8Array(piece));
  }
  const body = size_bytes === 0 ? null : new Blob(pieces);
  return new Request(url, { method, headers, body });
}

/** A client that is still sending would miss the answer. */
function drain(incoming: IncomingMessage): Promise<void> {
  if (incoming.complete || incoming.readableEnded || incoming.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    incoming.once("end", resolve).once("close", resolve).resume();
  });
}
