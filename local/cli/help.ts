/** The text of `--help`. */

import {
  COMMAND_NAMES,
  type CommandName,
  COMMANDS,
  COMMON_OPTIONS,
  type Option,
} from "./commands.ts";

const PROGRAM = "deno task tiktok";

const EXIT_HELP = [
  "Exit codes",
  "  0  done; of a dry run: every check passes",
  "  1  refused or failed, or stdout took no result; of a dry run: a check found an error",
  "  2  wrong usage, or a setting that is missing or malformed",
  "  3  Nexus cannot be reached",
  "  130  the waiting of --wait was broken off (Ctrl-C); the post goes on",
];

const PLACE_HELP = [
  "Which Nexus",
  "  The embedded host (`deno task start`), as its first demo user, unless SUPABASE_URL is set:",
  "  NEXUS_URL                  the host's address; http://127.0.0.1:54321 if unset",
  "  NEXUS_EMAIL                another user of it, with NEXUS_PASSWORD unless it is a demo user",
  "  A Supabase project:",
  "  SUPABASE_URL               its address",
  "  SUPABASE_PUBLISHABLE_KEY   its publishable key",
  "  NEXUS_ACCESS_TOKEN         a signed-in user's token, or",
  "  NEXUS_EMAIL, NEXUS_PASSWORD  to sign in with",
  "  SUPABASE_CRON_KEY          the secret key named cron, for refresh alone",
];

const DRY_RUN_HELP = [
  "Dry runs read these, all optional",
  "  TIKTOK_CLIENT_KEY, TIKTOK_REDIRECT_URI, TIKTOK_AUTHORIZE_URL, TIKTOK_PKCE, NEXUS_REDIRECT_URLS",
  "  MEDIA_PROFILE              directive (default) or tiktok: which rules a video is held to",
  "  MEDIA_ALLOWED_HOSTS        host:port list that --url may name although it is not public",
];

export function generalHelp(): string {
  const width = Math.max(...COMMAND_NAMES.map((name) => name.length));
  return [
    "TikTok from the terminal",
    "",
    `Usage: ${PROGRAM} <command> [options]`,
    "",
    "Commands",
    ...COMMAND_NAMES.map((name) => `  ${name.padEnd(width)}  ${COMMANDS[name].summary}`),
    "",
    ...describeOptions(COMMON_OPTIONS),
    "",
    "  initiate, upload and post take --dry-run: only check, offline.",
    `  ${PROGRAM} <command> --help says more about each.`,
    "",
    ...PLACE_HELP,
    "",
    ...DRY_RUN_HELP,
    "",
    ...EXIT_HELP,
    "",
  ].join("\n");
}

export function helpOf(name: CommandName): string {
  const { summary, usage, about, options, examples } = COMMANDS[name];
  const dry_run = options.some((option) => option.name === "dry-run");
  return [
    summary,
    "",
    ...usage.map((line, index) => `${index === 0 ? "Usage:" : "      "} ${PROGRAM} ${line}`),
    "",
    ...about,
    "",
    ...describeOptions([...options, ...COMMON_OPTIONS]),
    "",
    "Examples",
    ...examples.map((line) => `  ${PROGRAM} ${line}`),
    "",
    ...PLACE_HELP,
    "",
    ...(dry_run ? [...DRY_RUN_HELP, ""] : []),
    ...EXIT_HELP,
    "",
  ].join("\n");
}

function describeOptions(options: Option[]): string[] {
  const rows = options.map(({ name, value, help }) =>
    [value === undefined ? `--${name}` : `--${name} ${value}`, help] as const
  );
  const width = Math.max(...rows.map(([label]) => label.length));
  return ["Options", ...rows.map(([label, help]) => `  ${label.padEnd(width)}  ${help}`)];
}
