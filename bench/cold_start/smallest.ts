/** The smallest function that checks its caller as the platform advises. */
import { withSupabase } from "@supabase/server";

export default {
  fetch: withSupabase({ auth: "user" }, () => Promise.resolve(Response.json({ hello: "world" }))),
};
