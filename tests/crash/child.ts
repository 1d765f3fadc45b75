/**
 * The embedded host as a process that can be killed. It is told by its argument (`ChildSettings` as
 * JSON) what to start, and by lines on its standard input what to do; each gets one line back that
 * begins with `reply `. Whatever else is printed is the functions' own log.
 */

import { startHost } from "../../local/host/index.ts";
import type { ChildSettings, Command } from "./machine.ts";

const { ahead_ms, ...settings } = JSON.parse(Deno.args[0] ?? "{}") as ChildSettings;
const clock = { ahead_ms };
const host = await startHost({
  ...settings,
  cron: false,
  quiet: true,
  now: () => Date.now() + clock.ahead_ms,
});

reply({
  url: host.url,
  tiktok_origin: host.tiktok_origin,
  publishable_key: host.keys.publishable,
  users: host.users,
});

let buffered = "";
for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const lines = (buffered + piece).split("\n");
  buffered = lines.pop() ?? "";
  for (const line of lines) reply(await obey(JSON.parse(line)));
}
// Whoever started this process is gone, and so is what it is for.
Deno.exit(0);

async function obey(command: Command): Promise<unknown> {
  try {
    return { value: await carryOut(command) ?? null };
  } catch (error) {
    return { error: error instanceof Error ? error.stack ?? error.message : String(error) };
  }
}

async function carryOut(command: Command): Promise<unknown> {
  switch (command.do) {
    case "tick":
      return await host.cron.tick(command.job_name);
    case "idle":
      return await host.idle();
    case "query":
      return await host.sql.query(command.text, command.params);
    case "move_clock":
      clock.ahead_ms = command.ahead_ms;
      return await host.sql.exec(
        `create or replace function private.now() returns timestamptz language sql stable
         parallel safe set search_path = '' as $$
           select pg_catalog.clock_timestamp()
             + pg_catalog.make_interval(secs => ${command.ahead_ms / 1000})
         $$`,
      );
  }
}

function reply(value: unknown): void {
  const bytes = new TextEncoder().encode(`reply ${JSON.stringify(value)}\n`);
  for (let sent = 0; sent < bytes.length;) sent += Deno.stdout.writeSync(bytes.subarray(sent));
}
