/** The function `tiktok-refresh`, kept warm in a process of its own as the platform does. */
import tiktokRefresh from "../../supabase/functions/tiktok-refresh/index.ts";
import type { RefreshAnswer } from "../../supabase/functions/_shared/contract/connection.ts";
import { serveParent } from "../support/child.ts";

/** `at_once` invocations side by side. */
export type Invocations = { at_once: number; limit: number };

const { cron: apikey } = JSON.parse(Deno.env.get("SUPABASE_SECRET_KEYS")!);
const url = `${Deno.env.get("SUPABASE_URL")}/functions/v1/tiktok-refresh`;

async function invoke(limit: number): Promise<RefreshAnswer> {
  const response = await tiktokRefresh.fetch(
    new Request(url, {
      method: "POST",
      headers: { apikey, "content-type": "application/json" },
      body: JSON.stringify({ limit }),
    }),
  );
  const text = await response.text();
  if (!response.ok) throw new Error(`tiktok-refresh answered ${response.status}: ${text}`);
  return JSON.parse(text);
}

await serveParent<Invocations, RefreshAnswer[]>(({ at_once, limit }) =>
  Promise.all(Array.from({ length: at_once }, () => invoke(limit)))
);
