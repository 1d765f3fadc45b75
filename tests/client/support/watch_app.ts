/** A script that follows a post to its end, and has nothing else to do then. Prints when it is there. */

import { createClient } from "@supabase/supabase-js";
import { watch } from "../../../client/src/index.ts";

const supabase = createClient(Deno.args[0] ?? "", "sb_publishable_test", {
  auth: { autoRefreshToken: false, persistSession: false },
});
for await (const { status } of watch(supabase, "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70")) {
  await Deno.stdout.write(new TextEncoder().encode(`${status}\n`));
}
