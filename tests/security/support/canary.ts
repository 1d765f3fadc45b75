/** A server where nobody should ever come by. */

import { equal } from "../../functions/support/assert.ts";

export type Canary = {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  port: number;
  /** Fails if anybody connected, whether or not he sent something. */
  isUntouched(): void;
  close(): Promise<void>;
};

/** Counts connections, not requests: a TLS client that is turned away has been there too. */
export function openCanary(
  body = "You should not be here",
): Canary {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let visits = 0;
  const serving = (async () => {
    for await (const connection of listener) {
      visits++;
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nConnection: close`;
      // Whoever is there may be gone again; it is counted.
      await connection.write(new TextEncoder().encode(`${head}\r\n\r\n${body}`)).catch(() =>
        undefined
      );
      connection.close();
    }
  })();
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    isUntouched: () => equal(visits, 0, "somebody connected to the canary"),
    async close() {
      listener.close();
      await serving;
    },
  };
}
