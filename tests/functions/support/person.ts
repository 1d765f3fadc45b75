/** A Nexus user in front of the dashboard: connects an account, uploads a file, posts it. */

import type { Connection } from "../../../supabase/functions/_shared/contract/connection.ts";
import type { Job } from "../../../supabase/functions/_shared/contract/post.ts";
import { equal } from "./assert.ts";
import { Caller } from "./caller.ts";
import type { World } from "./world.ts";

export type ConnectChoice = { account?: string; scopes?: string[]; deny?: boolean };

export class Person extends Caller {
  constructor(world: World, readonly id: string, readonly token: string) {
    super(world, { authorization: `Bearer ${token}`, apikey: world.host.keys.publishable });
  }

  /** Goes to TikTok and back: the query that Nexus's page receives. */
  async authorize(choice: ConnectChoice = {}, request: unknown = {}): Promise<URLSearchParams> {
    const initiated = await this.post("tiktok-initiate", request);
    equal(initiated.status, 200, JSON.stringify(initiated.body));
    const back = await this.world.tiktok.consent({
      authorize_url: initiated.body.authorization_url,
      ...choice,
    });
    return back.searchParams;
  }

  /** Sends on what TikTok brought, as Nexus's page does. */
  async complete(query: URLSearchParams) {
    return await this.post("tiktok-callback", Object.fromEntries(query));
  }

  async connect(choice: ConnectChoice = {}): Promise<Connection> {
    const account = choice.account ?? this.world.takeAccount();
    const answer = await this.complete(await this.authorize({ ...choice, account }));
    equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.connection;
  }

  /** Puts a file into the bucket; the path within it. */
  async upload(name: string, content: BodyInit, size_bytes?: number): Promise<string> {
    const path = `${this.id}/${name}`;
    const response = await fetch(`${this.world.host.url}/storage/v1/object/videos/${path}`, {
      method: "POST",
      headers: {
        ...this.headers,
        "content-type": "video/mp4",
        "x-upsert": "true",
        ...(size_bytes === undefined ? {} : { "content-length": String(size_bytes) }),
      },
      body: content,
    });
    equal(response.status, 200, await response.text());
    return path;
  }

  /** Posts, and expects that it is taken. */
  async publish(request: unknown): Promise<Job> {
    const answer = await this.post("tiktok-publish", request);
    equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body.job;
  }

  async job(id: string): Promise<Job> {
    const answer = await this.get(`tiktok-publish?job_id=${id}`);
    equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body.job;
  }

  /** Lets the schedule tick, each time at the moment when the job is due, until it is settled. */
  async settle(id: string, until = SETTLED): Promise<Job> {
    for (let tick = 0; tick < MAX_TICKS; tick++) {
      await this.world.host.idle();
      const job = await this.job(id);
      if (until.includes(job.status)) return job;
      await this.tickWhenDue(job);
    }
    throw new Error(`the job is still ${(await this.job(id)).status}`);
  }

  async tickWhenDue({ id }: Job): Promise<void> {
    const [row] = await this.world.host.sql.query(
      `select extract(epoch from greatest(next_attempt_at, lease_expires_at) - private.now())::float8
         as seconds from public.publish_jobs where id = $1`,
      [id],
    );
    await this.world.skip(Math.max(0, Number(row?.seconds ?? 0)) + 0.01);
    await this.world.host.cron.tick("tiktok-status-poll");
  }
}

const SETTLED: string[] = ["published", "sent_to_inbox", "failed", "cancelled", "unconfirmed"];
const MAX_TICKS = 40;

/** Signs a new user up. */
export async function signUp(world: World): Promise<Person> {
  const { user, access_token } = await askAuth(world, {
    email: `${crypto.randomUUID()}@example.com`,
    password: "a-test-password",
  });
  return new Person(world, user.id, access_token);
}

/** Signs in as nobody. */
export async function signUpAnonymously(world: World): Promise<Person> {
  const { user, access_token } = await askAuth(world, {});
  return new Person(world, user.id, access_token);
}

async function askAuth(world: World, body: unknown) {
  const response = await fetch(`${world.host.url}/auth/v1/signup`, {
    method: "POST",
    headers: { apikey: world.host.keys.publishable, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return await response.json() as { access_token: string; user: { id: string } };
}
