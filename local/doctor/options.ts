/** The command line of the doctor. */

import { parseArgs } from "node:util";
import { wrongUsage } from "../cli/failure.ts";

export type Options = {
  help: boolean;
  json: boolean;
  /** Ask TikTok too. */
  online: boolean;
  /** The file that `supabase secrets set --env-file` was given. */
  env_file: string | undefined;
};

export const HELP = `Checks how a Nexus is set up, and says what to do where something is wrong

Usage: deno task doctor [--env-file FILE] [--online] [--json]
   or: npx -y deno task doctor -- [--env-file FILE] [--online] [--json]

Changes nothing but what a tick of the schedule does: each scheduled function is called once, with
a limit of one row.

Options
  --env-file FILE  The settings of the functions, as sent by supabase secrets set --env-file FILE.
                   A project does not give its secrets back: without the file, the environment's
                   values are checked, or else only whether the functions accept theirs
  --online         Ask TikTok too: can it be reached, does it know the app's key and secret
  --json           One JSON document on stdout, and nothing else
  --help           Show this help

  Through npx, a -- belongs before the options: without it Node takes --env-file for its own, and
  where the file is not there it ends with its own exit code 9 before the doctor has begun.

Which Nexus
  The embedded host (\`deno task start\`), unless SUPABASE_URL is set:
  NEXUS_URL                  the host's address; http://127.0.0.1:54321 if unset
  A Supabase project:
  SUPABASE_URL               its address
  SUPABASE_PUBLISHABLE_KEY   its publishable key
  SUPABASE_SECRET_KEY        a secret key, not the one named cron
  SUPABASE_CRON_KEY          the secret key named cron

Examples
  deno task doctor
  SUPABASE_URL=https://<project>.supabase.co deno task doctor -- --env-file .env --online

Exit codes
  0  nothing is wrong; there may be warnings
  1  something is wrong, or stdout took no result
  2  wrong usage, or a key of the project is missing
  3  nobody answers: no embedded host, or no project at SUPABASE_URL
`;

/** Throws a `Failure` of wrong usage. */
export function readOptions(given: readonly string[]): Options {
  const args = given[0] === "--" ? given.slice(1) : [...given];
  try {
    const { values } = parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: "boolean", short: "h" },
        json: { type: "boolean" },
        online: { type: "boolean" },
        "env-file": { type: "string" },
      },
    });
    return {
      help: values.help ?? false,
      json: values.json ?? false,
      online: values.online ?? false,
      env_file: values["env-file"],
    };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw wrongUsage(`${error.message.split("\n")[0]?.replace(/\.?$/, ".")} See --help.`);
  }
}
