import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

/** What a server saw of one connection, as raw bytes. */
export type Connection = { socket: Socket; received_bytes: number; head: string };

export type RawServer = AsyncDisposable & {
  url: string;
  port: number;
  connections: Connection[];
  /** The first connection, once both sides are done with it and all its bytes are counted. */
  first_closed: Promise<Connection>;
};

/**
 * A TCP server that says exactly what the script says, so that broken answers can be played.
 * `onHead` runs once a connection's request head has arrived, `onData` for every piece.
 */
export async function startRawServer(script: {
  onHead?: (connection: Connection) => void;
  onData?: (connection: Connection, data: Uint8Array) => void;
}): Promise<RawServer> {
  const connections: Connection[] = [];
  const first_closed = Promise.withResolvers<Connection>();
  const server = createServer((socket) => {
    const connection: Connection = { socket, received_bytes: 0, head: "" };
    connections.push(connection);
    // A client that breaks off is what many of these tests are about.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => first_closed.resolve(connection));
    socket.on("data", (data: Uint8Array) => {
      connection.received_bytes += data.byteLength;
      const head_was_whole = connection.head.includes("\r\n\r\n");
      if (!head_was_whole) connection.head += new TextDecoder("latin1").decode(data);
      script.onData?.(connection, data);
      if (!head_was_whole && connection.head.includes("\r\n\r\n")) script.onHead?.(connection);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const port = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${port}/`,
    port,
    connections,
    first_closed: first_closed.promise,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      // Its callback waits for sockets that older versions of Deno forget to count out.
      server.close();
      await new Promise<void>((resolve) => setTimeout(resolve, 0));
    },
  };
}

/** Bytes of the body, once the head is whole. */
export function bodyBytes(connection: Connection): number {
  return connection.received_bytes - (connection.head.indexOf("\r\n\r\n") + 4);
}

export const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
