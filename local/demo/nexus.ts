/** Calls the host as the Nexus app does: with a user's token, over HTTP. */

import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Host } from "../host/index.ts";

export type Nexus = {
  supabase: SupabaseClient;
  user_id: string;
  /** Calls a function; throws with the problem's own words. */
  call(method: "GET" | "POST" | "DELETE", path: string, body?: unknown): Promise<never>;
};

export async function signIn(host: Host, email: string, password: string): Promise<Nexus> {
  const supabase = createClient(host.url, host.keys.publishable, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { data, error } = await supabase.auth.signInWithPassword({ email, password });
  if (error !== null) throw error;
  const { access_token, user } = data.session;
  return {
    supabase,
    user_id: user.id,
    async call(method, path, body) {
      const response = await fetch(`${host.url}/functions/v1/${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${access_token}`,
          apikey: host.keys.publishable,
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer = await response.json();
      if (response.ok) return answer as never;
      const errors = (answer.errors ?? []).map((e: { path: string; message: string }) =>
        `\n   ${e.path}: ${e.message}`
      );
      throw new Error(
        `${method} ${path.split("?")[0]}: ${response.status} ${answer.code}: ${answer.detail}${
          errors.join("")
        }`,
      );
    },
  };
}
