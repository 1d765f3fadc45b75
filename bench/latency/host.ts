/** The embedded host on a PostgreSQL server, with people who are signed in, and TikTok's stand-in. */
import { serveParent } from "../support/child.ts";
import { readClip } from "../../tests/functions/support/media.ts";
import { startWorld } from "../../tests/functions/support/world.ts";

export type Asked =
  | { do: "prepare"; people: number }
  /** Each of these goes to TikTok and agrees. */
  | { do: "agree"; addresses: { authorize_url: string; account: string }[] };

export type BenchPerson = { token: string; account: string; path: string };
export type Prepared = { env: Record<string, string>; people: BenchPerson[] };
/** What each redirect brought. */
export type Agreed = Record<string, string>[];

const before = new Set(Object.keys(Deno.env.toObject()));
const world = await startWorld({
  database_url: Deno.env.get("BENCH_DATABASE_URL")!,
  // No account's day, nor the app's, is to end here.
  env: { TIKTOK_DAILY_QUERY_LIMIT: "1000000", TIKTOK_DAILY_POST_LIMIT: "1000" },
});

async function prepare(count: number): Promise<Prepared> {
  const clip = await readClip();
  const people: BenchPerson[] = [];
  for (let index = 0; index < count; index++) {
    const person = await world.person();
    const path = await person.upload("clip.mp4", clip);
    people.push({ token: person.token, account: world.takeAccount(), path });
  }
  const env = Object.entries(Deno.env.toObject()).filter(([name]) => !before.has(name));
  return { env: Object.fromEntries(env), people };
}

await serveParent<Asked, Prepared | Agreed>(async (asked) => {
  if (asked.do === "prepare") return await prepare(asked.people);
  const agreed: Agreed = [];
  for (const address of asked.addresses) {
    const back = await world.tiktok.consent(address);
    agreed.push(Object.fromEntries(back.searchParams));
  }
  return agreed;
});
