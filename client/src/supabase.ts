import type { SupabaseClient } from "@supabase/supabase-js";

/** Your app's `SupabaseClient`, whatever its database's types are. */
// deno-lint-ignore no-explicit-any -- the parameters of SupabaseClient are not covariant
export type Supabase = SupabaseClient<any, any, any>;
