/**
 * `deno task drain`: a long queue of posts, drained on the virtual clock. A process of its own, since the
 * simulation takes the place of its clock and its console.
 *
 *   --users N   (default 100)
 *   --posts M   of each (default 100)
 *
 * Prints a line a day to stderr, and what TikTok's stand-in saw of it to stdout, as JSON.
 */

import { parseArgs } from "node:util";
import { drain } from "./drain.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: { users: { type: "string" }, posts: { type: "string" } },
});
const write = (to: { writeSync(bytes: Uint8Array): number }, text: string) => {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
};
const drained = await drain({
  users: Number(values.users ?? 100),
  posts: Number(values.posts ?? 100),
  onDay: (days, published) => write(Deno.stderr, `day ${days}: ${published} published`),
});
write(Deno.stdout, JSON.stringify(drained, null, 2));
Deno.exit(0);
