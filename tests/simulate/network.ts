/**
 * Connections in memory, and HTTP/1.1 servers behind them. A request travels, is acted upon as a
 * whole, and its answer travels back; what goes wrong on the way is decided once for each request.
 */

import type { Owner, Simulator } from "./simulator.ts";

export type Serve = (request: IncomingRequest, fate: Fate) => Promise<Response>;

export type IncomingRequest = {
  method: string;
  path: string;
  headers: Headers;
  body: Uint8Array[];
  sender: Owner | undefined;
  /** When its sender began to connect. */
  begun_at_ms: number;
};

/** What befalls one request. Times in milliseconds. */
export type Fate = {
  way_there_ms: number;
  way_back_ms: number;
  /**
   * - `refused`: no connection; `lost`: the connection breaks before the server reads the request.
   * - `cut`: it breaks in the middle of the body; the server sees the first half of it.
   * - `unanswered`: the server acts, and the connection breaks instead of the answer.
   * - `torn`: the server acts, and the answer breaks off in its middle.
   * - `silent`, `mute`: as `lost` and `unanswered`, but nobody ever says so.
   */
  trouble: "refused" | "lost" | "cut" | "unanswered" | "torn" | "silent" | "mute" | null;
  /** Answered in the server's place, before it acts, or after it. */
  instead: { response: Response; acts: boolean } | null;
  /** Whether the whole answer reached somebody who still waited for it. */
  delivered: boolean;
};

export type Server = {
  name: string;
  /** Asked for each connection; `path` is not known yet. */
  decide(): Fate;
  serve: Serve;
};

export class Network {
  readonly #servers = new Map<string, Server>();

  constructor(private readonly simulator: Simulator) {}

  listen(hostname: string, port: number, server: Server): void {
    this.#servers.set(`${hostname}:${port}`, server);
  }

  async connect(hostname: string, port: number): Promise<Connection> {
    const server = this.#servers.get(`${hostname}:${port}`);
    const owner = this.simulator.owners.getStore();
    const fate = server?.decide();
    const begun_at_ms = this.simulator.now_ms;
    await this.simulator.wait(fate?.way_there_ms ?? 1, `connect ${server?.name ?? hostname}`);
    if (server === undefined || fate === undefined || fate.trouble === "refused") {
      throw new Deno.errors.ConnectionRefused("nobody answers");
    }
    return new Connection(this.simulator, server, fate, owner, begun_at_ms);
  }
}

/** The client's end. The part of `Deno.Conn` that a client of HTTP needs. */
export class Connection {
  #incoming: Uint8Array[] = [];
  #ended: "open" | "closed" | "reset" = "open";
  #wake: (() => void) | null = null;
  readonly #parser: RequestParser;

  constructor(
    private readonly simulator: Simulator,
    private readonly server: Server,
    private readonly fate: Fate,
    private readonly owner: Owner | undefined,
    begun_at_ms: number,
  ) {
    this.#parser = new RequestParser(owner, begun_at_ms);
  }

  setNoDelay(): void {}

  setKeepAlive(): void {}

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#incoming.length === 0) {
      if (this.#ended === "closed") return null;
      if (this.#ended === "reset") throw new Deno.errors.ConnectionReset("the connection broke");
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const [piece] = this.#incoming as [Uint8Array];
    const length = Math.min(piece.length, into.length);
    into.set(piece.subarray(0, length));
    if (length === piece.length) this.#incoming.shift();
    else this.#incoming[0] = piece.subarray(length);
    return length;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#ended !== "open") {
      return Promise.reject(new Deno.errors.ConnectionReset("the connection broke"));
    }
    this.#parser.take(bytes);
    if (this.fate.trouble === "cut" && this.#parser.isHalfThere) {
      this.#arrive(this.#parser.half());
      this.#end("reset");
    } else if (this.#parser.isWhole) this.#arrive(this.#parser.whole());
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#end("closed");
  }

  /** What is on its way gets there whatever becomes of its sender. */
  #arrive(request: IncomingRequest): void {
    const { fate, server, simulator } = this;
    const label = `${server.name} ${request.method} ${request.path.split("?")[0]}`;
    const { trouble, instead } = fate;
    simulator.owners.run(undefined, () =>
      simulator.after(fate.way_there_ms, label, async () => {
        if (trouble === "silent") return;
        if (trouble === "lost") return this.#answer(`${label}: lost`, () => this.#end("reset"));
        const acted = instead === null || instead.acts ? await server.serve(request, fate) : null;
        const response = instead?.response ?? acted!;
        if (trouble === "mute" || trouble === "cut") return;
        const bytes = response.status === 0 || trouble === "unanswered"
          ? null
          : await serialize(response);
        this.#answer(`${label}: ${bytes === null ? "unanswered" : response.status}`, () => {
          if (bytes === null) return this.#end("reset");
          if (trouble !== "torn") return this.#deliver(bytes, "closed");
          this.#deliver([bytes[0]!.subarray(0, bytes[0]!.length >> 1)], "reset");
        });
      }));
  }

  #answer(label: string, run: () => void): void {
    this.simulator.after(this.fate.way_back_ms, label, run, this.owner);
  }

  #deliver(bytes: Uint8Array[], end: "closed" | "reset"): void {
    if (this.#ended !== "open") return;
    this.fate.delivered = end === "closed";
    this.#incoming.push(...bytes.filter((piece) => piece.length > 0));
    this.#end(end);
  }

  #end(how: "closed" | "reset"): void {
    if (this.#ended === "open") this.#ended = how;
    this.#wake?.();
    this.#wake = null;
  }
}

/** The one request of a connection, as its bytes come in. */
class RequestParser {
  #head = "";
  #request: IncomingRequest | null = null;
  #expected_bytes = 0;
  #received_bytes = 0;

  constructor(private readonly sender: Owner | undefined, private readonly begun_at_ms: number) {}

  take(bytes: Uint8Array): void {
    if (this.#request !== null) return this.#takeBody(bytes);
    // Latin-1, so that a character is a byte.
    const before = this.#head.length;
    this.#head += Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const end = this.#head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const [first = "", ...lines] = this.#head.slice(0, end).split("\r\n");
    const [method = "", path = ""] = first.split(" ");
    const headers = new Headers(
      lines.map((
        line,
      ) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]),
    );
    this.#expected_bytes = Number(headers.get("content-length") ?? 0);
    const { sender, begun_at_ms } = this;
    this.#request = { method, path, headers, body: [], sender, begun_at_ms };
    this.#takeBody(bytes.subarray(end + 4 - before));
  }

  #takeBody(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    // A copy, as a socket takes one.
    this.#request!.body.push(bytes.slice());
    this.#received_bytes += bytes.length;
  }

  get isWhole(): boolean {
    return this.#request !== null && this.#received_bytes >= this.#expected_bytes;
  }

  get isHalfThere(): boolean {
    return this.#request !== null && this.#received_bytes * 2 >= this.#expected_bytes;
  }

  whole(): IncomingRequest {
    return this.#request!;
  }

  /** The first half of the body. */
  half(): IncomingRequest {
    const request = this.#request!;
    let rest = this.#expected_bytes >> 1;
    const body = request.body.map((piece) => {
      const part = piece.subarray(0, rest);
      rest -= part.length;
      return part;
    });
    return { ...request, body };
  }
}

async function serialize(response: Response): Promise<Uint8Array[]> {
  const body = new Uint8Array(await response.arrayBuffer());
  const lines = [`HTTP/1.1 ${response.status} Status`];
  for (const [name, value] of response.headers) {
    if (name !== "content-length") lines.push(`${name}: ${value}`);
  }
  lines.push(`content-length: ${body.length}`, "connection: close", "", "");
  return [new TextEncoder().encode(lines.join("\r\n")), body];
}
