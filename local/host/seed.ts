/** What a developer finds in a new project: two users, a bucket, and the schedule's Vault entries. */
import { createUser } from "./auth/sessions.ts";
import type { Queryable, Sql } from "./database/index.ts";
import { demo_users, type DemoUser } from "./users.ts";

/** Idempotent; gives the demo users with the ids that they have in this database. */
export async function seed(
  sql: Sql,
  { url, cron_key }: { url: string; cron_key: string },
): Promise<DemoUser[]> {
  return await sql.transaction(async (tx) => {
    await tx.query(
      `insert into storage.buckets (id, name, public) values ('videos', 'videos', false)
       on conflict do nothing`,
    );
    await putSecret(tx, "project_url", url);
    await putSecret(tx, "cron_secret_key", cron_key);
    const users: DemoUser[] = [];
    for (const user of demo_users) {
      const existing = await tx.query<{ id: string }>(
        "select id from auth.users where lower(email) = $1",
        [user.email],
      );
      users.push({ ...user, id: existing[0]?.id ?? await createUser(tx, user) });
    }
    return users;
  });
}

async function putSecret(tx: Queryable, name: string, value: string): Promise<void> {
  const updated = await tx.query(
    "select vault.update_secret(id, $1::text) from vault.secrets where name = $2",
    [value, name],
  );
  if (updated.length === 0) {
    await tx.query("select vault.create_secret($1::text, $2::text)", [value, name]);
  }
}
