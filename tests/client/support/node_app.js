// @ts-check
/** The scenario in Node, with the installed package. Prints what happened. */

import { openAsBlob } from "node:fs";
import { createClient } from "@supabase/supabase-js";
// @ts-ignore: installed where this file is copied to
import * as tiktok from "@nexus/tiktok";
import { connectAccount, useConnection } from "./scenario.js";

const { url, key, desk_url, account, clip_path } = JSON.parse(process.argv[2] ?? "");
const given = {
  tiktok,
  supabase: createClient(url, key, { auth: { autoRefreshToken: false } }),
  clip: await openAsBlob(clip_path, { type: "video/mp4" }),
  /** @type {(action: string, what: object) => Promise<any>} */
  desk: async (action, what) => {
    const answer = await fetch(`${desk_url}/${action}`, {
      method: "POST",
      body: JSON.stringify(what),
    });
    return await answer.json();
  },
};
const connection = await connectAccount(given, account);
const used = await useConnection(given, connection);
const done_at = performance.now();
process.on("exit", () => {
  const lingered_ms = performance.now() - done_at;
  const { node } = process.versions;
  process.stdout.write(JSON.stringify({ node, connection, used, lingered_ms }));
});
