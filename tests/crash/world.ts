/** A host that is killed, what it must not lose, and a user who does not give up. */

import assert from "node:assert/strict";
import { consent, createTikTok, readTikTokState } from "../../local/tiktok/index.ts";
import type { Listening, TikTok, TikTokState } from "../../local/tiktok/index.ts";
import type { Connection } from "../../supabase/functions/_shared/contract/connection.ts";
import { type Checkpoint, Checkpoints, type Moment } from "./checkpoints.ts";
import { Machine, type Ready } from "./machine.ts";
import { findFreePort } from "./port.ts";
import { type Proxy, startProxy } from "./proxy.ts";

export type WorldOptions = {
  /** `outside`: TikTok lives on while our side dies. `inside`: it dies too, as in `deno task start`. */
  tiktok: "outside" | "inside";
  database_url?: string;
  access_ttl_seconds?: number;
  /** What TikTok gets where it pulls. Only `outside`. */
  pulled?: Uint8Array<ArrayBuffer>;
};

export const PULL_ORIGIN = "https://cdn.example.com";

const APP = { client_key: "aw-crash", client_secret: "crash-secret" };
/** Longer than any test's clock runs, so that only the tests of the refresh see one. */
const LONG_TTL_SECONDS = 90 * 24 * 3600;

type Answer = {
  status: number;
  // deno-lint-ignore no-explicit-any -- tests look into answers whose shape is what they test
  body: any;
};

export class World implements AsyncDisposable {
  readonly checkpoints = new Checkpoints();
  /** Without kept-alive connections: Deno would send a POST again by itself when the host dies. */
  readonly #client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  readonly #data_dir = Deno.makeTempDirSync({ prefix: "crash-" });
  readonly #port = findFreePort();
  #ahead_ms = 0;
  #machine!: Machine;
  #ready!: Ready;
  #api_proxy!: Proxy;
  #tiktok_proxy!: Proxy;
  #outside: { tiktok: TikTok; listening: Listening } | null = null;
  #user_token = "";
  user_id = "";
  connection_id = "";

  private constructor(readonly options: WorldOptions) {}

  /** A host with a signed-in user and his connected account. */
  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    world.#api_proxy = await startProxy({
      checkpoints: world.checkpoints,
      nameOf: (_method, path) => /^\/rest\/v1\/rpc\/(\w+)$/.exec(path)?.[1] ?? null,
    });
    if (options.tiktok === "outside") await world.#startTikTok(options.pulled);
    world.#tiktok_proxy = await startProxy({
      checkpoints: world.checkpoints,
      nameOf: (method, path) => `${method} ${path}`,
      target: () => world.#outside?.listening.origin ?? world.#ready.tiktok_origin,
    });
    await world.boot();
    await world.#signIn();
    await world.connect();
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine.kill();
    await this.#api_proxy.close();
    await this.#tiktok_proxy.close();
    await this.#outside?.listening.close();
    await this.#outside?.tiktok.dispose();
    this.#client.close();
    await Deno.remove(this.#data_dir, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What TikTok has; of one that is killed too, what it has committed. */
  get tiktok(): TikTokState {
    return this.#outside?.tiktok.state ?? readTikTokState(`${this.#data_dir}/tiktok`);
  }

  /** Starts the host on what is in the data folder. */
  async boot(): Promise<void> {
    const started = await Machine.start({
      data_dir: this.#data_dir,
      port: this.#port,
      database_url: this.options.database_url ?? "",
      tiktok_api_url: this.#outside === null ? "" : this.#tiktok_proxy.origin,
      tiktok_options: this.#tiktokOptions(),
      env: {
        TIKTOK_CLIENT_KEY: APP.client_key,
        TIKTOK_CLIENT_SECRET: APP.client_secret,
        TIKTOK_API_URL: this.#tiktok_proxy.origin,
        TIKTOK_DAILY_POST_LIMIT: "1000",
      },
      ahead_ms: this.#ahead_ms,
    }, this.#api_proxy.origin);
    this.#machine = started.machine;
    this.#ready = started.ready;
    assert.equal(this.#ready.url, this.url, "the host has its old address");
  }

  /** Runs `work`, kills the host with SIGKILL at the moment, and starts it again. */
  async killAt(
    checkpoint: Checkpoint,
    moment: Moment,
    work: () => Promise<unknown>,
  ): Promise<void> {
    const reached = this.checkpoints.arm(checkpoint, moment).then(() => "reached" as const);
    const working = work().then(() => null, (error) => error);
    const first = await Promise.race([reached, working]);
    if (first !== "reached") {
      const passed = this.checkpoints.passed.map(({ name, nth }) => `${name} #${nth}`);
      throw new Error(`it was never there, only at:\n${passed.join("\n")}`, { cause: first });
    }
    await this.#machine.kill();
    await working;
    this.checkpoints.restart();
    await this.boot();
  }

  /** The checkpoints that `work` passes where nothing goes wrong. */
  async passedBy(work: () => Promise<unknown>): Promise<Checkpoint[]> {
    this.checkpoints.restart();
    await work();
    return [...this.checkpoints.passed];
  }

  async call(method: "GET" | "POST", path: string, body?: unknown): Promise<Answer> {
    const response = await this.fetch(`/functions/v1/${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** As the user; `path` from the host's root. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = {
      ...init.headers,
      apikey: this.#ready.publishable_key,
      ...(this.#user_token === "" ? {} : { authorization: `Bearer ${this.#user_token}` }),
    };
    return fetch(`${this.url}${path}`, {
      redirect: "manual",
      ...init,
      headers,
      client: this.#client,
    });
  }

  /** Settled once TikTok fetches nothing any more. */
  pullsDone(): Promise<void> {
    return this.#outside?.tiktok.pullsDone() ?? Promise.resolve();
  }

  query<Row = Record<string, unknown>>(text: string, params: unknown[] = []): Promise<Row[]> {
    return this.#machine.ask({ do: "query", text, params });
  }

  tick(job_name: "tiktok-status-poll" | "tiktok-refresh"): Promise<unknown> {
    return this.#machine.ask({ do: "tick", job_name });
  }

  idle(): Promise<unknown> {
    return this.#machine.ask({ do: "idle" });
  }

  /** Moves the database's clock and TikTok's. */
  async skip(seconds: number): Promise<void> {
    this.#ahead_ms += Math.ceil(seconds * 1000);
    await this.#machine.ask({ do: "move_clock", ahead_ms: this.#ahead_ms });
  }

  /** The user goes to TikTok, agrees, and comes back. */
  async connect(): Promise<Connection> {
    const initiated = await this.call("POST", "tiktok-initiate", {});
    const back = await consent({ authorize_url: initiated.body.authorization_url });
    const { state, code } = Object.fromEntries(back.searchParams);
    const answer = await this.call("POST", "tiktok-callback", { state, code });
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    this.connection_id = answer.body.connection.id;
    return answer.body.connection;
  }

  /** Puts a file into the user's part of Storage; its path within the bucket. */
  async store(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const path = `${this.user_id}/${name}`;
    const response = await this.fetch(`/storage/v1/object/videos/${path}`, {
      method: "POST",
      headers: { "content-type": "video/mp4" },
      body: bytes,
    });
    assert.equal(response.status, 200, await response.text());
    return path;
  }

  async #startTikTok(pulled: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
    const tiktok = createTikTok({
      app: { ...APP, redirect_uris: [`${this.url}/functions/v1/tiktok-callback`] },
      now: () => Date.now() + this.#ahead_ms,
      fetch: () => Promise.resolve(new Response(pulled)),
      ...this.#tiktokOptions(),
    });
    this.#outside = { tiktok, listening: await tiktok.listen() };
  }

  #tiktokOptions() {
    return {
      access_ttl_seconds: this.options.access_ttl_seconds ?? LONG_TTL_SECONDS,
      daily_posts_per_creator: 1000,
      verified_url_prefixes: [`${PULL_ORIGIN}/`],
    };
  }

  async #signIn(): Promise<void> {
    const { email, password, id } = this.#ready.users[0] ?? assert.fail("no demo user");
    const response = await this.fetch("/auth/v1/token?grant_type=password", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email, password }),
    });
    this.#user_token = (await response.json()).access_token;
    this.user_id = id;
  }
}
