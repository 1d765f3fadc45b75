/** The database: is it migrated, closed to others, and able to open what it has sealed. */

import { type Check, checksOf } from "../check.ts";
import { type Facts, lastGoodCall } from "../facts.ts";
import type { Target } from "../target.ts";
import { readKeyRing } from "./settings.ts";

const { ok, warn, fail, skip } = checksOf("database");

const ALLOWED_SKEW_MS = 30_000;

export function checkDatabase(
  facts: Facts,
  target: Target,
  expected_migrations: readonly string[],
  now_ms: number,
): Check[] {
  return [
    checkMigrations(facts, expected_migrations),
    checkExposures(facts),
    checkSeals(facts, target),
    checkBucket(facts),
    checkClock(facts, now_ms),
    ...checkErrors(facts),
  ];
}

function checkMigrations({ migrations }: Facts, expected: readonly string[]): Check {
  const name = "migrations";
  if (migrations === null || "error" in migrations) {
    return warn(
      name,
      "no record of them (supabase_migrations.schema_migrations)",
      "Apply them with supabase db push, which keeps one.",
    );
  }
  const missing = expected.filter((version) => !migrations.includes(version));
  if (missing.length > 0) {
    return fail(name, `not applied: ${missing.join(", ")}`, "Run supabase db push.");
  }
  const newest = expected.at(-1) ?? "";
  const newer = migrations.filter((version) => version > newest);
  return newer.length === 0 ? ok(name, `all ${expected.length} applied`) : warn(
    name,
    `the database has some that this checkout lacks: ${newer.join(", ")}`,
    "Nothing, if they are Nexus's own. If this checkout is an old one: update it.",
  );
}

function checkExposures({ exposures }: Facts): Check {
  return exposures.length === 0
    ? ok("grants and row level security", "everybody sees his own rows and nothing else")
    : fail(
      "grants and row level security",
      exposures.join("; "),
      "Revoke it (docs/security.md says who may what), and find out what granted it.",
    );
}

function checkSeals(
  { sealing_key_ids }: Facts,
  { setting, settings_source, is_host }: Target,
): Check {
  const name = "sealed rows";
  const ring = readKeyRing(setting("TOKEN_ENCRYPTION_KEYS"));
  if (ring === null) {
    return skip(
      name,
      sealing_key_ids.length === 0
        ? "none yet"
        : `sealed under ${sealing_key_ids.join(", ")}; the key ring is not known here`,
      is_host || settings_source !== null
        ? null
        : "Give --env-file to compare it with the key ring.",
    );
  }
  const lacking = sealing_key_ids.filter((id) => !ring.keys.has(id));
  if (lacking.length > 0) {
    return fail(
      name,
      `some are sealed under ${lacking.join(", ")}, which the key ring lacks`,
      "Put that key back into TOKEN_ENCRYPTION_KEYS: nothing is lost as long as you have it.",
    );
  }
  const stale = sealing_key_ids.filter((id) => id !== ring.current);
  if (stale.length > 0) {
    return warn(
      name,
      `some are still sealed under ${stale.join(", ")}`,
      "Keep that key: the schedule seals them anew. docs/operating.md says when it may go.",
    );
  }
  const unused = [...ring.keys.keys()].filter((id) => id !== ring.current);
  if (unused.length > 0) {
    return warn(
      name,
      `${unused.join(", ")} seals no row any more`,
      "Drop it from TOKEN_ENCRYPTION_KEYS as docs/operating.md says.",
    );
  }
  return ok(name, "all under the current key");
}

function checkBucket({ bucket }: Facts): Check {
  const name = "bucket videos";
  if (bucket === null || "error" in bucket) {
    return fail(
      name,
      "there is no Storage here",
      "Switch Storage on, then apply 20261122000800 again.",
    );
  }
  if (bucket.public === null) {
    return fail(
      name,
      "is not there",
      "Make it, private: the SQL stands in the migration 20261122000800.",
    );
  }
  if (bucket.public) {
    return fail(
      name,
      "is public: whoever knows a name reads the video before it is posted",
      "Make it private (Storage, videos, Edit bucket).",
    );
  }
  return bucket.policies === 4 ? ok(name, "private; each user owns his folder") : fail(
    name,
    `has ${bucket.policies} of its 4 policies`,
    "Make them again: the SQL stands in the migration 20261122000800.",
  );
}

function checkClock({ database_time }: Facts, now_ms: number): Check {
  const skew_ms = Math.abs(Date.parse(database_time) - now_ms);
  return skew_ms <= ALLOWED_SKEW_MS ? ok("clock", "the database's and this machine's agree") : warn(
    "clock",
    `this machine's differs by ${Math.round(skew_ms / 1000)} s from the database's`,
    "Set this machine's clock; if it is right, tell the platform.",
  );
}

/** An entry that is older than the last call that went well may be mended already. */
function checkErrors(facts: Facts): Check[] {
  const { misconfigured_errors, misconfigured_at } = facts;
  if (misconfigured_errors === 0) return [];
  const name = "error log";
  const counted = `${misconfigured_errors} entries of misconfigured in the last 15 minutes`;
  const look =
    "select * from private.error_log where code = 'misconfigured' order by at desc limit 10;";
  const good_at = lastGoodCall(facts);
  // Both are ISO 8601 in UTC with milliseconds: as texts they are in order.
  return misconfigured_at && good_at !== null && good_at > misconfigured_at
    ? [warn(
      name,
      `${counted}, the last at ${misconfigured_at}, and a call went well after it (${good_at})`,
      `Nothing, if it was mended then: ${look}`,
    )]
    : [fail(name, counted, look)];
}
