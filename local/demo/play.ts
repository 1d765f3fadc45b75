/** The main job, step by step: connect, publish, refresh, and what the dashboard shows then. */

import type { Connection } from "../../supabase/functions/_shared/contract/connection.ts";
import type { Check, Job } from "../../supabase/functions/_shared/contract/post.ts";
import { type Host, startHost } from "../host/index.ts";
import { type Nexus, signIn } from "./nexus.ts";
import type { Printer } from "./printer.ts";

/** The stand-in needs one more look before it says that a post is out; a real TikTok, some. */
const MAX_POLLS = 20;
const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

export async function playDemo(printer: Printer, video: string): Promise<void> {
  let ahead_ms = 0;
  printer.title("Nexus and TikTok: connect an account, publish a video, keep the token alive");
  const bytes = await Deno.readFile(video).catch(() => {
    throw new Error(`There is no file ${video}.`);
  });

  printer.step("Start the embedded host");
  const host = await startHost({
    port: 0,
    cron: false,
    quiet: true,
    now: () => Date.now() + ahead_ms,
  });
  try {
    printer.result(`${host.database}, functions ${host.functions.join(", ")}`);
    printer.result(`TikTok stand-in at ${host.tiktok_origin}`);

    const nexus = await signInDemoUser(printer, host);
    const connection = await connect(printer, host, nexus);
    const job = await publish(printer, nexus, connection, video, bytes);
    await follow(printer, host, nexus, job);
    await compareBytes(printer, host, bytes);
    await refresh(printer, host, connection, () => ahead_ms += TWO_HOURS_MS);
    await showDashboard(printer, nexus);
  } finally {
    await host.close();
  }
  printer.done("Done: connected, published, refreshed.");
}

async function signInDemoUser(printer: Printer, host: Host): Promise<Nexus> {
  printer.step("Sign in to Nexus");
  const [ada] = host.users;
  if (ada === undefined) throw new Error("The host has no demo user.");
  const nexus = await signIn(host, ada.email, ada.password);
  printer.result(`as ${ada.email}`);
  return nexus;
}

async function connect(printer: Printer, host: Host, nexus: Nexus): Promise<Connection> {
  printer.step("Connect a TikTok account");
  const { authorization_url, scopes } = await nexus.call("POST", "tiktok-initiate", {}) as {
    authorization_url: string;
    scopes: string[];
  };
  printer.result(`tiktok-initiate asks TikTok for ${scopes.length} permissions`);
  if (host.tiktok === undefined) {
    throw new Error(
      "The demo plays the user at the stand-in's consent page; unset TIKTOK_API_URL.",
    );
  }
  const back = await host.tiktok.consent({ authorize_url: authorization_url });
  printer.result("the user agreed on TikTok's page");
  const redirect = await fetch(back, { redirect: "manual" });
  await redirect.body?.cancel();
  const page = new URL(redirect.headers.get("location") ?? "", host.url);
  printer.result(`tiktok-callback sent the browser on to ${page.pathname}`);
  const { connection } = await nexus.call("POST", "tiktok-callback", {
    state: page.searchParams.get("state"),
    code: page.searchParams.get("code"),
  }) as { connection: Connection };
  printer.result(`connected @${connection.username} (${connection.display_name})`);
  return connection;
}

async function publish(
  printer: Printer,
  nexus: Nexus,
  connection: Connection,
  video: string,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Job> {
  printer.step("Publish a video");
  const path = `${nexus.user_id}/demo.${video.split(".").at(-1)}`;
  const { error } = await nexus.supabase.storage.from("videos").upload(path, bytes, {
    contentType: "video/mp4",
    upsert: true,
  });
  if (error !== null) throw error;
  printer.result(`uploaded ${video.split("/").at(-1)} to Storage, ${bytes.length} bytes`);
  const request = {
    connection_id: connection.id,
    media: { type: "video", source: { kind: "storage", bucket: "videos", path } },
    mode: "direct",
    post: { caption: "Hello from Nexus #demo", privacy_level: "SELF_ONLY" },
    idempotency_key: "demo-1",
  };
  const { checks } = await nexus.call("POST", "tiktok-publish", { ...request, dry_run: true }) as {
    checks: Check[];
  };
  printer.result(`a dry run made ${checks.length} checks: ${checks.map((c) => c.name).join(", ")}`);
  const { job } = await nexus.call("POST", "tiktok-publish", request) as { job: Job };
  printer.result(`tiktok-publish took it: job ${job.id} is ${job.status}`);
  return job;
}

async function follow(printer: Printer, host: Host, nexus: Nexus, job: Job): Promise<void> {
  printer.step("Follow it until it is out");
  let shown = job.status;
  for (let poll = 0; poll < MAX_POLLS; poll++) {
    await host.idle();
    const { job: now } = await nexus.call("GET", `tiktok-publish?job_id=${job.id}`) as { job: Job };
    if (now.status !== shown) {
      printer.result(`${now.status}, ${now.bytes_sent} of ${now.bytes_total} bytes sent`);
      shown = now.status;
    }
    if (now.status === "published") return;
    if (now.status === "failed") throw new Error(`The post failed: ${now.error?.detail}`);
    // In life pg_cron ticks by itself; here the next tick need not be waited for.
    await skipAhead(host, now.next_attempt_at);
    await host.cron.tick("tiktok-status-poll");
  }
  throw new Error(`The post is still ${shown} after ${MAX_POLLS} polls.`);
}

/** Moves the database's clock, the only one that schedules know, to a time in the near future. */
async function skipAhead(host: Host, until: string | null): Promise<void> {
  if (until === null) return;
  const [row] = await host.sql.query(
    "select greatest(0, extract(epoch from $1::timestamptz - private.now()))::float8 as seconds",
    [until],
  );
  await moveClock(host, Number(row?.seconds ?? 0) + 0.01);
}

let moved_seconds = 0;

async function moveClock(host: Host, seconds: number): Promise<void> {
  moved_seconds += seconds;
  await host.sql.exec(
    `create or replace function private.now() returns timestamptz language sql stable parallel safe
     set search_path = '' as $$
       select pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => ${moved_seconds})
     $$`,
  );
}

async function compareBytes(printer: Printer, host: Host, bytes: Uint8Array<ArrayBuffer>) {
  const [post] = host.tiktok?.state.posts ?? [];
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (post?.sha256 !== hex) throw new Error("TikTok has other bytes than the file.");
  printer.result(
    `TikTok has the file to the byte: ${post.size_bytes} bytes, SHA-256 ${hex.slice(0, 16)}…`,
  );
}

async function refresh(
  printer: Printer,
  host: Host,
  connection: Connection,
  moveTikTok: () => void,
): Promise<void> {
  printer.step("Let two hours pass, so that the access token expires");
  moveTikTok();
  await moveClock(host, TWO_HOURS_MS / 1000);
  await host.cron.tick("tiktok-refresh");
  const [row] = await host.sql.query(
    `select last_refreshed_at, token_version,
            round(extract(epoch from access_token_expires_at - private.now()) / 60)::int as minutes
       from public.platform_connections where id = $1`,
    [connection.id],
  );
  if (!row?.last_refreshed_at) throw new Error("The schedule did not refresh the token.");
  printer.result(
    `the schedule's tick refreshed it by itself; it is good for ${row.minutes} minutes`,
  );
}

async function showDashboard(printer: Printer, nexus: Nexus): Promise<void> {
  printer.step("What the dashboard shows now (read as the user, by the clock of step 6)");
  const connections = await nexus.supabase.from("platform_connections")
    .select("username, status, scopes, capabilities, last_refreshed_at");
  if (connections.error !== null) throw new Error(connections.error.message);
  const jobs = await nexus.supabase.from("publish_jobs")
    .select("status, publish_id, post_ids, bytes_sent, error");
  if (jobs.error !== null) throw new Error(jobs.error.message);
  for (const row of connections.data) {
    const works = Object.entries(row.capabilities as Connection["capabilities"])
      .filter(([, capability]) => capability.available).map(([name]) => name);
    printer.table([
      ["account", `@${row.username}`],
      ["status", row.status],
      ["works", works],
      ["refreshed", row.last_refreshed_at],
    ]);
  }
  for (const row of jobs.data) {
    printer.table([
      ["post", row.status],
      ["publish_id", row.publish_id],
      ["bytes", row.bytes_sent],
      ["error", row.error],
    ]);
  }
}
