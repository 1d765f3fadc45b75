/** Every command with its options: what is parsed, and what `--help` shows, is this table. */

export type Option = {
  name: string;
  /** What stands for the value in the help; a switch has none. */
  value?: string;
  help: string;
};

export type CommandSpec = {
  summary: string;
  usage: string[];
  about: string[];
  options: Option[];
  examples: string[];
};

export const COMMAND_NAMES = [
  "initiate",
  "connections",
  "upload",
  "post",
  "status",
  "cancel",
  "analytics",
  "disconnect",
  "refresh",
] as const;
export type CommandName = typeof COMMAND_NAMES[number];

const VIDEO: Option = { name: "video", value: "FILE", help: "A video on this machine, MP4 or MOV" };
const CONNECTION: Option = {
  name: "connection",
  value: "ID",
  help: "Which connected account, where there are several: see connections",
};
const SCHEDULE: Option = {
  name: "schedule",
  value: "ISO",
  help: "When to post, with a time zone: 2026-12-01T09:00:00Z; at once if left out",
};
const WAIT: Option[] = [
  { name: "wait", help: "Wait until the post is out, in the inbox, or has failed" },
  { name: "timeout", value: "SECONDS", help: "How long --wait waits at most (900)" },
];
const DRY_RUN: Option = {
  name: "dry-run",
  help: "Only check, offline: no server, no database, no secret",
};

/** Every command has these. */
export const COMMON_OPTIONS: Option[] = [
  { name: "json", help: "One JSON document on stdout, and nothing else" },
  { name: "help", help: "Show this help" },
];

export const COMMANDS: Readonly<Record<CommandName, CommandSpec>> = {
  initiate: {
    summary: "Start to connect an account: print TikTok's authorization URL",
    usage: ["initiate [--scopes LIST] [--redirect-to URL] [--dry-run] [--json]"],
    about: [
      "Open the URL in a browser that is signed in to Nexus as the same user: the page that TikTok",
      "comes back to completes the connection. The URL is good for ten minutes, and once.",
      "A dry run makes the URL from TIKTOK_CLIENT_KEY and TIKTOK_REDIRECT_URI, or from placeholders;",
      "its state is not live, so nothing can be connected with it.",
    ],
    options: [
      {
        name: "scopes",
        value: "LIST",
        help: "Permissions to ask for, separated by commas; all six if left out",
      },
      { name: "redirect-to", value: "URL", help: "Nexus's page to end on, of NEXUS_REDIRECT_URLS" },
      DRY_RUN,
    ],
    examples: [
      "initiate --dry-run",
      "initiate --scopes user.info.basic,video.upload --json",
    ],
  },
  connections: {
    summary: "List the connected accounts, with what each may do",
    usage: ["connections [--json]"],
    about: [
      "With --json each connection comes whole, with its capabilities and what is wrong with it.",
      "Accounts that were disconnected are left out.",
    ],
    options: [],
    examples: ["connections", "connections --json"],
  },
  upload: {
    summary: "Upload a video as a draft, which the user finishes in TikTok",
    usage: ["upload --video FILE [--connection ID] [--wait] [--dry-run] [--json]"],
    about: [
      "The file goes to Nexus's Storage and from there to TikTok's inbox, whole below 50 MB, else in",
      "chunks. A dry run reads the file itself and lists every check.",
    ],
    options: [VIDEO, CONNECTION, ...WAIT, DRY_RUN],
    examples: ["upload --video clip.mp4 --dry-run", "upload --video clip.mp4 --wait"],
  },
  post: {
    summary: "Publish a video to the profile",
    usage: [
      "post --video FILE --caption TEXT --privacy LEVEL [options]",
      "post --url URL [--transfer pull|relay] --caption TEXT --privacy LEVEL [options]",
    ],
    about: [
      "By posting, you agree to TikTok's Music Usage Confirmation; with --brand-content to its",
      "Branded Content Policy too. A dry run checks the file itself and the post's form. What only",
      "the account can tell (its privacy levels, its switches, its longest video) is checked when",
      "the post is sent.",
    ],
    options: [
      VIDEO,
      { name: "url", value: "URL", help: "A video on the web, public https" },
      {
        name: "transfer",
        value: "HOW",
        help: "pull: TikTok fetches the URL (default); relay: Nexus fetches and uploads it",
      },
      { name: "caption", value: "TEXT", help: 'The text, hashtags included; "" for none' },
      {
        name: "privacy",
        value: "LEVEL",
        help:
          "SELF_ONLY, MUTUAL_FOLLOW_FRIENDS, FOLLOWER_OF_CREATOR or PUBLIC_TO_EVERYONE, in any case",
      },
      { name: "allow-comment", help: "Let others comment; off if left out" },
      { name: "allow-duet", help: "Let others make duets; off if left out" },
      { name: "allow-stitch", help: "Let others stitch; off if left out" },
      { name: "cover-ms", value: "MS", help: "Time of the cover's frame, in milliseconds" },
      { name: "brand-organic", help: "Promotes yourself or your own business" },
      { name: "brand-content", help: "A paid partnership; cannot be SELF_ONLY" },
      { name: "ai-generated", help: "Label it as made by AI" },
      SCHEDULE,
      CONNECTION,
      ...WAIT,
      DRY_RUN,
    ],
    examples: [
      'post --video clip.mp4 --caption "Hello #nexus" --privacy SELF_ONLY --dry-run',
      'post --video clip.mp4 --caption "Hello" --privacy SELF_ONLY --allow-comment --wait',
      'post --url https://cdn.example.com/a.mp4 --caption "" --privacy PUBLIC_TO_EVERYONE',
    ],
  },
  status: {
    summary: "Show a post's status",
    usage: ["status --id JOB [--wait] [--json]"],
    about: [
      "Exits 0 when the status could be read, whatever it is. With --wait it exits 0 once the post is",
      "published or in the inbox, and 1 if it ended otherwise or has not ended in time.",
    ],
    options: [
      { name: "id", value: "JOB", help: "The job's id, as post and upload print it" },
      ...WAIT,
    ],
    examples: [
      "status --id 6c9f1c1e-0d55-4c44-9a5b-2d3f7f6f9c10",
      "status --id 6c9f1c1e-0d55-4c44-9a5b-2d3f7f6f9c10 --wait --timeout 60",
    ],
  },
  cancel: {
    summary: "Cancel a post, at TikTok too where it still can be",
    usage: ["cancel --id JOB [--json]"],
    about: [
      "What TikTok has taken cannot be called back: then this is refused, and the post goes on. An",
      "unconfirmed post is given up: look into the account before you post it again.",
    ],
    options: [{ name: "id", value: "JOB", help: "The job's id, as post and upload print it" }],
    examples: ["cancel --id 6c9f1c1e-0d55-4c44-9a5b-2d3f7f6f9c10"],
  },
  analytics: {
    summary: "Show an account's figures, and those of its videos",
    usage: ["analytics [--connection ID] [--days N] [--json]"],
    about: [
      "Each figure with its change over the days. With --json everything comes with its history.",
    ],
    options: [
      CONNECTION,
      { name: "days", value: "N", help: "How far to look back, 1 to 365 (30)" },
    ],
    examples: ["analytics", "analytics --days 90 --json"],
  },
  disconnect: {
    summary: "End a connection: erase its tokens and revoke the grant",
    usage: ["disconnect --connection ID [--json]"],
    about: [
      "Posts of it that have not started are cancelled. Where TikTok cannot be reached, the schedule",
      "revokes the grant later.",
    ],
    options: [{ name: "connection", value: "ID", help: "Which, as connections prints it" }],
    examples: ["disconnect --connection 0a6d2c52-5a4e-4c0e-8f43-1f9f5a1c9b77"],
  },
  refresh: {
    summary: "Renew the tokens that are due, as the schedule does",
    usage: ["refresh [--limit N] [--json]"],
    about: [
      "Calls the function that pg_cron calls, with the schedule's key: the embedded host's own, or",
      "SUPABASE_CRON_KEY.",
    ],
    options: [{ name: "limit", value: "N", help: "Connections at most, 1 to 100 (25)" }],
    examples: ["refresh", "refresh --limit 100 --json"],
  },
};
