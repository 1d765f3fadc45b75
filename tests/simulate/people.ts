/** What users do, each step when its predecessor was answered, or was given up. */

import type { User } from "./process.ts";
import { SMALLEST_FILE_BYTES } from "./supabase.ts";
import { type Answer, PULLED_FROM, RELAYED_FROM, type World } from "./world.ts";

/** One post that somebody wants, and how to recognise it at TikTok and here. */
export type Wish = {
  /** Of the file or the URL, and the idempotency key. */
  tag: string;
  connection_id: string;
  request: Record<string, unknown>;
  job_id: string | null;
};

export class Person {
  /** Connection ids by TikTok account, as the functions told them. */
  readonly connections = new Map<string, string>();
  readonly wishes: Wish[] = [];

  constructor(private readonly world: World, readonly user: User) {}

  #ask(slug: string, method: string, options: { query?: string; body?: unknown } = {}) {
    const { token } = this.user;
    const apikey = this.world.process.keys.publishable;
    const headers = { authorization: `Bearer ${token}`, apikey };
    return this.world.call(slug, method, { ...options, headers });
  }

  /** Tries until it works, a few times: the id of the connection, or null. */
  async connect(open_id: string, tries = 6): Promise<string | null> {
    for (let attempt = 0; attempt < tries; attempt++) {
      const answer = await this.#connectOnce(open_id);
      const connection = answer?.body.connection as { id: string } | undefined;
      if (answer?.status === 200 && connection !== undefined) {
        this.connections.set(open_id, connection.id);
        return connection.id;
      }
      await this.world.simulator.wait(30_000 * 4 ** attempt, "tries to connect again");
    }
    return null;
  }

  async #connectOnce(open_id: string): Promise<Answer> {
    const initiated = await this.#ask("tiktok-initiate", "POST", { body: {} });
    if (initiated?.status !== 200) return null;
    const { simulator, tiktok } = this.world;
    const { promise, resolve } = Promise.withResolvers<URL>();
    simulator.after(this.world.random.whole(1_000, 20_000), `consent for ${open_id}`, async () => {
      resolve(
        await tiktok.consent({
          authorize_url: String(initiated.body.authorization_url),
          account: open_id,
          fetch: (input, init) => tiktok.respond(new Request(input, init)),
        }),
      );
    });
    const back = (await promise).searchParams;
    const body = { state: back.get("state"), code: back.get("code") };
    return await this.#ask("tiktok-callback", "POST", { body });
  }

  async disconnect(connection_id: string): Promise<void> {
    this.world.disconnected.add(connection_id);
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await this.#ask("tiktok-disconnect", "POST", { body: { connection_id } });
      if (answer !== null && answer.status < 500) return;
      await this.world.simulator.wait(60_000, "tries to disconnect again");
    }
  }

  /** Posts, and sends the very same request again where no answer came. */
  async post(wish: Wish): Promise<void> {
    this.wishes.push(wish);
    const isKeyed = wish.request.idempotency_key !== undefined;
    for (let attempt = 0; attempt < (isKeyed ? 5 : 1); attempt++) {
      const answer = await this.#ask("tiktok-publish", "POST", { body: wish.request });
      const job = answer?.body.job as { id: string } | undefined;
      if (job !== undefined) {
        wish.job_id = job.id;
        return;
      }
      if (answer !== null && answer.status < 500 && answer.status !== 429) return;
      await this.world.simulator.wait(20_000 * 3 ** attempt, "tries to post again");
    }
  }

  async cancel(wish: Wish): Promise<void> {
    if (wish.job_id === null) return;
    const query = `?job_id=${wish.job_id}`;
    await this.#ask("tiktok-publish", "GET", { query });
    await this.#ask("tiktok-publish", "DELETE", { query });
  }

  async look(connection_id: string): Promise<void> {
    await this.#ask("tiktok-creator", "GET", { query: `?connection_id=${connection_id}` });
  }
}

const KINDS = { storage: 5, chunked: 0.15, relay: 2, pull: 5, photos: 2, missing: 0.5 };

/** A post of a random kind, whose file or URL is its alone. */
export function makeWish(
  world: World,
  { user, connection_id, open_id, index }: {
    user: User;
    connection_id: string;
    open_id: string;
    index: number;
  },
): Wish {
  const { random, supabase } = world;
  const kind = random.weighted(KINDS);
  const mode = random.chance(0.3) ? "draft" : "direct";
  const size_bytes = (kind === "chunked" ? 50_000_000 : SMALLEST_FILE_BYTES) + index;
  const file = { size_bytes, etag: `etag-${index}` };
  const tag = kind === "storage" || kind === "chunked" || kind === "relay"
    ? `${size_bytes} bytes`
    : `${PULLED_FROM}${kind === "missing" ? "missing-" : ""}${index}`;
  const path = `${user.id}/${index}.mp4`;
  if (kind === "storage" || kind === "chunked") supabase.files.set(`videos/${path}`, file);
  if (kind === "relay") world.web.set(`${index}.mp4`, file);
  const media = kind === "photos"
    ? { type: "photos", urls: [tag, `${tag}/second`] }
    : kind === "pull" || kind === "missing"
    ? { type: "video", source: { kind: "url", url: tag, transfer: "pull" } }
    : kind === "relay"
    ? {
      type: "video",
      source: { kind: "url", url: `${RELAYED_FROM}${index}.mp4`, transfer: "relay" },
    }
    : { type: "video", source: { kind: "storage", bucket: "videos", path } };
  const privacy_level = random.pick(["SELF_ONLY", "PUBLIC_TO_EVERYONE"]);
  const scheduled_ms = random.pick([0, 0, 0, 600_000, 7_200_000, 100_000_000]);
  return {
    tag,
    connection_id,
    job_id: null,
    request: {
      connection_id,
      media,
      mode,
      ...(mode === "direct" ? { post: { caption: `${open_id} ${index}`, privacy_level } } : {}),
      ...(scheduled_ms === 0
        ? {}
        : { scheduled_at: new Date(world.simulator.now_ms + scheduled_ms).toISOString() }),
      ...(random.chance(0.8) ? { idempotency_key: `wish-${index}` } : {}),
    },
  };
}
