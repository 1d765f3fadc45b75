// deno-lint-ignore-file no-console
/**
 * Breaks the engine on purpose, one way at a time, in a copy of the repository, and shows that the
 * simulation finds it out. A change names the text that it replaces, which must occur exactly once: code
 * that has moved on makes this fail, rather than prove nothing.
 */

import { copyRepository } from "./copy.ts";
import type { Outcome } from "./seed.ts";
import { runSeeds } from "./workers.ts";

type Mutation = {
  name: string;
  changes: { file: string; from: string; to: string }[];
};

const FUNCTIONS = "supabase/functions/_shared";
const MIGRATIONS = "supabase/migrations";

export const MUTATIONS: Mutation[] = [
  {
    name: "a pull whose init was never answered is sent again",
    changes: [
      {
        file: `${FUNCTIONS}/post/start.ts`,
        from: `if (error.outcome === "unknown" && job.source === null) {`,
        to: `if (Date.now() < 0) {`,
      },
      {
        file: `${MIGRATIONS}/20261122000710_post_steps.sql`,
        from: `if v_job.init_posts_by_itself then`,
        to: `if false then`,
      },
    ],
  },
  {
    name: "whoever lost his lease may still write",
    changes: [
      {
        file: `${MIGRATIONS}/20261122000710_post_steps.sql`,
        from: `and lease_owner = p_lease_owner and lease_version = p_lease_version\n   for update`,
        to: `for update`,
      },
      {
        file: `${MIGRATIONS}/20261122000710_post_steps.sql`,
        from: `if v_job.id is null or v_job.status <> p_from_status then`,
        to: `if v_job.id is null then`,
      },
    ],
  },
  {
    name: "what is settled may be settled again, as anything",
    changes: [{
      file: `${MIGRATIONS}/20261122000500_publish_jobs.sql`,
      from: `return coalesce(p_to = any (case p_from`,
      to: `return true or coalesce(p_to = any (case p_from`,
    }],
  },
  {
    name: "the ledger is written after the init, not before",
    changes: [
      {
        file: `${FUNCTIONS}/post/start.ts`,
        from: `    const leave = await context.database.call("begin_post_init", {`,
        to: `    const sent = job.source === null
      ? await sendInit(context.tiktok, access_token, job, null)
      : null;
    const leave = await context.database.call("begin_post_init", {`,
      },
      {
        file: `${FUNCTIONS}/post/start.ts`,
        from: `const accepted = await sendInit(`,
        to: `const accepted = sent ?? await sendInit(`,
      },
    ],
  },
  {
    name: "the daily limit is ignored",
    changes: [{
      file: `${FUNCTIONS}/platform/tiktok_settings.ts`,
      from: `TIKTOK_DAILY_POST_LIMIT: whole(5, 1_000)`,
      to: `TIKTOK_DAILY_POST_LIMIT: whole(5, 1_000).transform(() => 1_000)`,
    }],
  },
  {
    name: "a refresh needs no lease",
    changes: [{
      file: `${MIGRATIONS}/20261122000610_token_leases.sql`,
      from:
        `if v_row.refresh_lease_expires_at > v_now and v_row.refresh_lease_owner <> p_lease_owner then`,
      to: `if false then`,
    }],
  },
  {
    name: "an upload whose last chunk may have arrived begins anew",
    changes: [{
      file: `${FUNCTIONS}/post/upload.ts`,
      from: `      if (isLast) {`,
      to: `      if (isLast && Date.now() < 0) {`,
    }],
  },
  {
    name: "a post is cancelled although its last chunk is on its way",
    changes: [{
      file: `${MIGRATIONS}/20261122000720_post_cancel.sql`,
      from: `(v_job.status = 'uploading' and v_job.last_chunk_sent_at is null)`,
      to: `v_job.status = 'uploading'`,
    }],
  },
  {
    name: "a network error while refreshing counts as a dead grant",
    changes: [{
      file: `${FUNCTIONS}/token/refresh.ts`,
      from: `context.platform.judge(error) === "grant_dead"`,
      to: `context.platform.judge(error) !== "token_refused"`,
    }],
  },
  {
    name: "a job keeps its lease when its step has ended",
    changes: [{
      file: `${MIGRATIONS}/20261122000500_publish_jobs.sql`,
      from: `lease_owner = case when v_keeps then j.lease_owner end,`,
      to: `lease_owner = case when v_keeps or p_status = 'sent_to_inbox' then j.lease_owner end,`,
    }],
  },
];

/** A mutation that lives longer than this is not found out. */
const MOST_SEEDS = 200;

/** Whether every mutation was found out. */
export async function runMutations(workers: number): Promise<boolean> {
  let all_found = true;
  for (const mutation of MUTATIONS) {
    const { found, text } = await runMutation(mutation, workers);
    console.log(`${mutation.name}\n  ${text}`);
    all_found &&= found;
  }
  return all_found;
}

export async function runMutation(
  { changes }: Mutation,
  workers: number,
): Promise<{ found: boolean; text: string }> {
  await using copy = await copyRepository();
  for (const { file, from, to } of changes) await copy.replace(file, from, to);
  const run = { workers, keepsTrace: false, until_ms: Infinity };
  const failing: Outcome[] = [];
  let seeds = 0;
  await runSeeds({ ...run, first: 1, count: MOST_SEEDS, root: copy.root }, (outcome) => {
    seeds++;
    if (outcome.violations.length > 0) failing.push(outcome);
    return failing.length === 0;
  });
  const [first] = failing;
  if (first === undefined) return { found: false, text: `NOT found out in ${seeds} seeds` };
  const { seed, violations } = first;
  let found = true;
  await runSeeds({ ...run, first: seed, count: 1 }, (unbroken) => {
    found = unbroken.violations.length === 0;
    return true;
  });
  return {
    found,
    text: found
      ? `found out by seed ${seed}: ${violations[0]}`
      : `seed ${seed} fails without it, too: ${violations[0]}`,
  };
}
