/**
 * Nexus's own web server in a test: serves its page, and moves what is not Nexus's: TikTok's user and
 * the clock.
 */

import { Person } from "../../functions/support/person.ts";
import { startWorld, type World } from "../../functions/support/world.ts";
import { readClip } from "../../functions/support/media.ts";

export class Desk implements AsyncDisposable {
  private constructor(
    readonly world: World,
    readonly url: string,
    /** The page's own files, by path; set before a browser comes. */
    readonly files: Map<string, { type: string; text: string }>,
    private readonly server: Deno.HttpServer,
  ) {}

  static async open(): Promise<Desk> {
    const files = new Map<string, { type: string; text: string }>();
    const opened = Promise.withResolvers<World>();
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname } = new URL(request.url);
        const file = files.get(pathname);
        if (file) return new Response(file.text, { headers: { "content-type": file.type } });
        if (pathname === "/clip.mp4") return new Response(await readClip());
        if (request.method !== "POST") return new Response(null, { status: 404 });
        return Response.json(await act(await opened.promise, pathname, await request.json()));
      },
    );
    const url = `http://127.0.0.1:${server.addr.port}`;
    const world = await startWorld({ env: { NEXUS_REDIRECT_URLS: `${url}/connections` } });
    opened.resolve(world);
    return new Desk(world, url, files, server);
  }

  get account() {
    return { email: `${crypto.randomUUID()}@example.com`, password: "a-test-password" };
  }

  async [Symbol.asyncDispose]() {
    await this.server.shutdown();
    await this.world[Symbol.asyncDispose]();
  }
}

/** How to reach the desk from wherever the scenario runs. */
export function deskAt(url: string) {
  return async (action: string, what: object) => {
    const response = await fetch(`${url}/${action}`, {
      method: "POST",
      body: JSON.stringify(what),
    });
    return await response.json();
  };
}

async function act(
  world: World,
  pathname: string,
  what: { authorization_url?: string; deny?: boolean; job_id?: string },
): Promise<unknown> {
  if (pathname === "/consent") {
    const url = await world.tiktok.consent({
      authorize_url: what.authorization_url ?? "",
      account: world.takeAccount(),
      ...(what.deny ? { deny: true } : {}),
    });
    return { url };
  }
  await advance(world, what.job_id ?? "");
  return {};
}

const MAX_TICKS = 40;

/** Lets the schedule tick, each time when the job is due, until the job has moved on. */
export async function advance(world: World, id: string): Promise<void> {
  const read = async () => {
    const [row] = await world.host.sql.query(
      "select status || ' ' || bytes_sent as text from public.publish_jobs where id = $1",
      [id],
    );
    return String(row?.text);
  };
  await world.host.idle();
  const before = await read();
  const anyone = new Person(world, "", "");
  for (let tick = 0; tick < MAX_TICKS; tick++) {
    if (await read() !== before) return;
    await anyone.tickWhenDue({ id } as Parameters<Person["tickWhenDue"]>[0]);
    await world.host.idle();
  }
}

/** Advances whatever is unsettled, until something else is over; gives what that came to. */
export async function advanceAll<Result>(world: World, other: Promise<Result>): Promise<Result> {
  let is_over = false;
  const over = () => is_over = true;
  other.then(over, over);
  while (!is_over) {
    const rows = await world.host.sql.query(
      "select id from public.publish_jobs where status in ('queued', 'uploading', 'processing')",
    );
    for (const { id } of rows) await advance(world, String(id));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return await other;
}
