/** The embedded host on a PostgreSQL server, for its Data API: tells what a function's environment is. */
import { startHost } from "../../local/host/index.ts";
import { serveParent } from "../support/child.ts";

const before = new Set(Object.keys(Deno.env.toObject()));
await startHost({
  port: 0,
  cron: false,
  quiet: true,
  database_url: Deno.env.get("BENCH_DATABASE_URL")!,
  tiktok_api_url: Deno.env.get("BENCH_TIKTOK_URL")!,
});
const env = Object.entries(Deno.env.toObject()).filter(([name]) => !before.has(name));

await serveParent<unknown, Record<string, string>>(() => Promise.resolve(Object.fromEntries(env)));
