/** One seed's world: the functions, the database, Storage, TikTok, and the network between them. */

import { createTikTok, type TikTok } from "../../local/tiktok/index.ts";
import { attachBody } from "../../local/tiktok/wire.ts";
import type { Database } from "./database.ts";
import { Faults } from "./faults.ts";
import { MemoryFiles } from "./memory_files.ts";
import { type Fate, type IncomingRequest, Network } from "./network.ts";
import type { Process } from "./process.ts";
import { Random } from "./random.ts";
import { type Owner, Simulator } from "./simulator.ts";
import { serveFile, type StoredFile, Supabase, SUPABASE_HOST } from "./supabase.ts";
import { enter, owners, type Stage } from "./surroundings.ts";

const START_MS = Date.UTC(2026, 11, 1);
export const TIKTOK = { hostname: "127.0.0.1", port: 8443 };
export const CDN = { hostname: "127.0.0.1", port: 8090 };
export const TIKTOK_URL = `http://${TIKTOK.hostname}:${TIKTOK.port}`;
export const RELAYED_FROM = `http://${CDN.hostname}:${CDN.port}/`;
/** What we look for there beforehand is not found: it is TikTok's to fetch. */
export const PULLED_FROM = `${RELAYED_FROM}pulled-`;

/** The longest that an answer of the database takes. */
const RPC_MS = 10;

/** What a function answered; null where its answer never came. */
export type Answer = { status: number; body: Record<string, unknown> } | null;

/** A request as it arrived at TikTok. */
export type Arrival = {
  path: string;
  /** What its sender showed: an access token, or a refresh token. */
  token: string;
  at_ms: number;
  sender: Owner | undefined;
  /** How long ago its sender can have asked the database for leave. */
  on_its_way_ms: number;
  fate: Fate;
  /** What TikTok answered, whether or not it came back. */
  answer: string;
  status: number;
};

export class World {
  readonly simulator: Simulator;
  readonly faults: Faults;
  readonly random: Random;
  readonly tiktok: TikTok;
  readonly supabase: Supabase;
  readonly stage: Stage;
  /** What can be relayed, by URL. */
  readonly web = new Map<string, StoredFile>();
  /** Every answer that a caller saw, as text. */
  readonly answers: string[] = [];
  readonly arrivals: Arrival[] = [];
  /** Files that are no longer what they were. */
  readonly replaced = new Set<string>();
  /** Connections that somebody wanted ended. */
  readonly disconnected = new Set<string>();
  /** Told of each chunk that arrives at TikTok, by the size of the whole file. */
  onUpload: (total_bytes: string) => void = () => {};
  #invocations = 0;

  constructor(
    readonly seed: number,
    readonly process: Process,
    readonly database: Database,
    keepsTrace: boolean,
  ) {
    this.random = new Random(seed, "world");
    this.simulator = new Simulator(
      START_MS + new Random(seed, "start").whole(0, 86_400_000),
      keepsTrace,
      owners,
    );
    this.faults = new Faults(new Random(seed, "faults"));
    const network = new Network(this.simulator);
    this.stage = {
      simulator: this.simulator,
      random: new Random(seed, "secrets"),
      connect: (hostname, port) => network.connect(hostname, port),
      fetch: (request) => this.#fetch(request),
      files: new MemoryFiles(),
      goes_on_after_answer: this.random.chance(0.7),
      console: [],
    };
    enter(this.stage);
    this.tiktok = this.#openTikTok();
    this.supabase = new Supabase(database, process.keys);
    network.listen(TIKTOK.hostname, TIKTOK.port, {
      name: "tiktok",
      decide: () => this.faults.toTikTok(),
      serve: (request, fate) => this.#serveTikTok(request, fate),
    });
    network.listen(SUPABASE_HOST.hostname, SUPABASE_HOST.port, {
      name: "storage",
      decide: () => this.faults.toStorage(),
      serve: (request) => this.supabase.serveObject(request),
    });
    network.listen(CDN.hostname, CDN.port, {
      name: "cdn",
      decide: () => this.faults.toStorage(),
      serve: ({ path, headers }) =>
        Promise.resolve(serveFile(this.web.get(path.slice(1)), headers)),
    });
  }

  #openTikTok(): TikTok {
    const random = new Random(this.seed, "tiktok");
    return createTikTok({
      app: this.process.app,
      accounts: this.process.makeAccounts(this.simulator.now_ms),
      now: () => Math.floor(this.simulator.now_ms),
      random: (size_bytes) => {
        const bytes = new Uint8Array(size_bytes);
        random.fill(bytes);
        return bytes;
      },
      fetch: (input, init) => this.#pull(input, init?.signal ?? null),
      verified_url_prefixes: [PULLED_FROM],
      processing: {
        polls: random.whole(0, 3),
        inspect: () => Promise.resolve(this.faults.rejectionOfFile()),
      },
      upload_progress: random.pick(["count", "last_index"]),
      oauth_error_status: random.pick([200, 400]),
    });
  }

  /** Another file of the same size takes the place of one; its ETag is another. */
  replaceFile(tag: string): void {
    this.replaced.add(tag);
    for (const files of [this.supabase.files, this.web]) {
      for (const [name, file] of files) {
        if (`${file.size_bytes} bytes` === tag) {
          files.set(name, { ...file, etag: `${file.etag}-new` });
        }
      }
    }
  }

  async #serveTikTok(request: IncomingRequest, fate: Fate): Promise<Response> {
    const { method, path, headers, body, sender } = request;
    const { pathname } = new URL(path, TIKTOK_URL);
    if (method === "PUT") this.onUpload(headers.get("content-range")?.split("/")[1] ?? "");
    const isComplete = method === "PUT" &&
      this.tiktok.state.uploads.some((upload) =>
        path.includes(upload.upload_id) && upload.uploaded_bytes === upload.total_bytes
      );
    if (this.faults.spoils(method, isComplete)) {
      const kind = method === "PUT" ? "expire_upload" : "expire_token";
      this.tiktok.faults.add({ path: pathname, kind });
    }
    const refusal = this.faults.refusalOf(request);
    if (refusal !== null) this.tiktok.faults.add({ path: pathname, kind: "error", code: refusal });
    const sent = new Request(new URL(path, TIKTOK_URL), {
      method,
      headers,
      body: method === "POST" ? new Blob(body as BlobPart[]) : null,
    });
    if (method === "PUT") {
      attachBody(
        sent,
        (async function* () {
          yield* body;
        })(),
      );
    }
    const response = await this.tiktok.respond(sent);
    this.tiktok.faults.clear();
    const form = new TextDecoder().decode(body[0]?.subarray(0, 4_096));
    this.arrivals.push({
      path: pathname,
      token: headers.get("authorization")?.slice("Bearer ".length) ??
        new URLSearchParams(form).get("refresh_token") ?? "",
      at_ms: this.simulator.now_ms,
      sender,
      on_its_way_ms: this.simulator.now_ms - request.begun_at_ms + (sender?.slept_ms ?? 0) + RPC_MS,
      fate,
      answer: method === "POST" && response.status !== 0 ? await response.clone().text() : "",
      status: response.status,
    });
    if (method === "PUT" && response.status === 201 && this.faults.losesLastAnswer()) {
      return Response.error();
    }
    return response;
  }

  /** TikTok fetches a file by itself, some time later. */
  #pull(input: string | URL | Request, signal: AbortSignal | null): Promise<Response> {
    const url = String(input instanceof Request ? input.url : input);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const delay_ms = this.random.whole(50, this.random.chance(0.2) ? 600_000 : 20_000);
    this.simulator.after(delay_ms, `tiktok pulls ${url}`, () => {
      resolve(
        new Response(url.includes("missing") ? null : url, {
          status: url.includes("missing") ? 404 : 200,
        }),
      );
    });
    signal?.addEventListener("abort", () => reject(signal.reason));
    return promise;
  }

  /** The pooled `fetch` of `supabase-js`. */
  async #fetch(request: Request): Promise<Response> {
    const fate = this.faults.toDatabase();
    const owner = owners.getStore();
    const name = new URL(request.url).pathname.split("/").at(-1);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const act = async () => {
      if (owner !== undefined) owner.troubled ||= fate.trouble !== null;
      const broken = () => reject(new TypeError("the connection broke"));
      const reply = (label: string, run: () => void) =>
        this.simulator.after(fate.way_back_ms, `${name}: ${label}`, run, owner);
      if (fate.trouble === "lost") return reply("lost", broken);
      // A pool may send a request again whose connection died.
      if (fate.trouble === "repeated") await this.supabase.serve(request.clone());
      const response = await this.supabase.serve(request);
      if (fate.trouble === "unanswered") return reply("unanswered", broken);
      reply(String(response.status), () => resolve(response));
    };
    owners.run(undefined, () => this.simulator.after(fate.way_there_ms, `rpc ${name}`, act));
    return await promise;
  }

  /** Calls a function as somebody outside does. What it left undone may go on after the answer. */
  async call(
    slug: string,
    method: string,
    options: { query?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Answer> {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const owner: Owner = {
      name: `${slug}#${++this.#invocations}`,
      killed: false,
      steps_left: this.faults.stepsOfInvocation(),
      asleep_until_ms: 0,
      skew_ms: this.faults.skew_ms(),
      slept_ms: 0,
      troubled: false,
      onStep: (label) => {
        const sleep_ms = this.faults.sleep_ms(label);
        if (sleep_ms === 0) return;
        this.simulator.note(`${owner.name} sleeps`);
        owner.asleep_until_ms = this.simulator.now_ms + sleep_ms;
        owner.slept_ms += sleep_ms;
        owner.troubled = true;
      },
      onKilled: () => resolve(null),
    };
    const { query = "", headers = {}, body } = options;
    const request = new Request(`http://127.0.0.1:54321/functions/v1/${slug}${query}`, {
      method,
      headers: {
        ...(typeof body === "object" ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      body: body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body),
    });
    this.simulator.after(this.random.whole(1, 20), `${owner.name} ${method}`, () => {
      // Not awaited here: it waits for events itself.
      owners.run(owner, () => this.process.functions.get(slug)!.fetch(request)).then(
        async (response) => {
          const text = await response.text();
          this.answers.push(
            text,
            ...[...response.headers].map(([name, value]) => `${name}: ${value}`),
          );
          this.simulator.note(`${owner.name} answers ${response.status}`);
          resolve(
            this.faults.answerIsLost() ? null : { status: response.status, body: JSON.parse(text) },
          );
        },
      );
    });
    return await promise;
  }

  /** Calls with the key named `cron`. */
  async tick(slug: string, limit: number): Promise<Answer> {
    return await this.call(slug, "POST", {
      headers: { apikey: this.process.keys.cron },
      body: { limit },
    });
  }
}
