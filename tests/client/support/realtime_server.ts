/**
 * A Supabase project of one table and Realtime, as supabase-js speaks to them: Phoenix channels
 * (https://supabase.com/docs/guides/realtime/protocol) with `postgres_changes`.
 */

type Message = {
  join_ref: string | null;
  ref: string | null;
  topic: string;
  event: string;
  payload: { config?: { postgres_changes?: Binding[] } };
};
type Binding = { event: string; schema: string; table: string; filter?: string };

export class RealtimeServer implements AsyncDisposable {
  /** What a look at the table gives. */
  rows: unknown[] = [];
  looks = 0;
  /** What clients have asked to be told of. */
  readonly bindings: Binding[] = [];
  /** A channel is joined, over that many sockets so far. */
  onJoin: (so_far: { connections: number }) => void = () => {};
  #connections = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #channels = new Map<string, WebSocket>();

  constructor({ has_realtime = true } = {}) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      if (new URL(request.url).pathname === "/realtime/v1/websocket") {
        return has_realtime ? this.#accept(request) : new Response(null, { status: 404 });
      }
      this.looks += 1;
      return Response.json(this.rows);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** A row changes, and everybody who is there is told. */
  change(row: unknown): void {
    this.rows = [row];
    for (const [topic, socket] of this.#channels) {
      const data = {
        schema: "public",
        table: "publish_jobs",
        type: "UPDATE",
        commit_timestamp: new Date().toISOString(),
        columns: [],
        record: {},
        old_record: {},
        errors: null,
      };
      say(socket, [null, null, topic, "postgres_changes", { ids: [1], data }]);
    }
  }

  async [Symbol.asyncDispose]() {
    for (const socket of new Set(this.#channels.values())) socket.close();
    await this.#server.shutdown();
  }

  #accept(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request);
    this.#connections += 1;
    socket.onmessage = ({ data }) => {
      const [join_ref, ref, topic, event, payload] = JSON.parse(data);
      this.#hear(socket, { join_ref, ref, topic, event, payload });
    };
    socket.onclose = () => {
      for (const [topic, known] of this.#channels) {
        if (known === socket) this.#channels.delete(topic);
      }
    };
    return response;
  }

  #hear(socket: WebSocket, { join_ref, ref, topic, event, payload }: Message): void {
    const wanted = payload.config?.postgres_changes ?? [];
    if (event === "access_token") return;
    if (event === "phx_join") {
      this.#channels.set(topic, socket);
      this.bindings.push(...wanted);
      this.onJoin({ connections: this.#connections });
    }
    if (event === "phx_leave") this.#channels.delete(topic);
    const response = event === "phx_join"
      ? { postgres_changes: wanted.map((binding) => ({ id: 1, ...binding })) }
      : {};
    say(socket, [join_ref, ref, topic, "phx_reply", { status: "ok", response }]);
    if (event !== "phx_join") return;
    const live = {
      channel: topic,
      extension: "postgres_changes",
      message: "Subscribed to PostgreSQL",
      status: "ok",
    };
    say(socket, [null, null, topic, "system", live]);
  }
}

function say(socket: WebSocket, message: unknown[]): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}
