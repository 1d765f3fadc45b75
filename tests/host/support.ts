/** A host on the fixtures' own small project, for the tests of the host itself. */
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { fileURLToPath } from "node:url";
import { type Host, type HostOptions, startHost } from "../../local/host/index.ts";

export const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));

/** In memory, on any port, quiet, with no clock of its own. */
export function startTestHost(options: HostOptions = {}): Promise<Host> {
  return startHost({
    port: 0,
    quiet: true,
    cron: false,
    database_url: "",
    tiktok_api_url: "",
    migrations_dir: `${fixtures}/migrations`,
    functions_dir: `${fixtures}/functions`,
    dashboard_dir: `${fixtures}/dashboard`,
    ...options,
  });
}

/** supabase-js as an app uses it, without what would keep a test running. */
export function makeClient(host: Host, key = host.keys.publishable): SupabaseClient {
  return createClient(host.url, key, {
    auth: { autoRefreshToken: false, persistSession: false, detectSessionInUrl: false },
  });
}

/** A client signed in as one of the demo users. */
export async function signInAs(host: Host, email: string): Promise<SupabaseClient> {
  const client = makeClient(host);
  const user = host.users.find((candidate) => candidate.email === email);
  const { error } = await client.auth.signInWithPassword({
    email,
    password: user?.password ?? "",
  });
  if (error) throw error;
  return client;
}
