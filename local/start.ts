/** `deno task start`: the embedded host, kept running until Ctrl-C. */
import { type Host, repositoryPath, startHost } from "./host/index.ts";

const USAGE = `deno task start: the embedded host, kept running until Ctrl-C.

  PORT             the port on 127.0.0.1, which must be free, or 0 for any; 54321 or the next free
                   one if unset
  NEXUS_DATA_DIR   where its data lies; .data/ in the repository if unset
  DATABASE_URL     a PostgreSQL server instead of PGlite
  TIKTOK_API_URL   another TikTok instead of the stand-in`;

if (Deno.args.length > 0) {
  say(USAGE);
  Deno.exit(Deno.args.includes("--help") ? 0 : 2);
}
const host = await start();
introduce(host);

async function start(): Promise<Host> {
  try {
    return await startHost({
      data_dir: Deno.env.get("NEXUS_DATA_DIR") ?? repositoryPath(".data"),
      ...portOption(Deno.env.get("PORT")),
    });
  } catch (error) {
    say(`The host did not start: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}

/** This file's job is to talk to a terminal. */
function say(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  let asked = false;
  Deno.addSignalListener(signal, () => {
    // A second Ctrl-C does not wait for what is still running.
    if (asked) Deno.exit(130);
    asked = true;
    host.close().then(() => Deno.exit(0));
  });
}

/** Who names a port has told it to others: they would ask whoever is there. */
function portOption(text: string | undefined): { port?: number } {
  if (!text) return {};
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new Error(`PORT is not a port: ${text}. Set it to 1 to 65535, or to 0 for any free one.`);
  }
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) {
      throw new Error(
        `PORT ${port} is taken. End what listens there, set PORT to another (0 for any free one), ` +
          "or unset it: then it is 54321 or the next free one.",
      );
    }
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new Error(`PORT ${port} is not for everybody: take one from 1024 on.`);
  }
  return { port };
}

function introduce({ url, keys, users, tiktok, tiktok_origin, database, functions }: Host): void {
  const lines = [
    "Nexus, embedded host. For development only: loopback, public passwords, no encrypted Vault.",
    "",
    `  Dashboard        ${url}/`,
    ...users.map(({ email, password }) => `  Sign in as       ${email} / ${password}`),
    `  Functions        ${url}/functions/v1/<name>: ${functions.join(", ") || "none yet"}`,
    `  Their reference  ${url}/reference`,
    `  Data API         ${url}/rest/v1/`,
    `  Storage          ${url}/storage/v1/`,
    `  Auth             ${url}/auth/v1/`,
    `  TikTok           ${tiktok_origin}${tiktok ? " (stand-in)" : ""}`,
    `  Database         ${database}`,
    `  Publishable key  ${keys.publishable}`,
    `  Secret key       ${keys.secret}`,
    `  All of it        ${url}/dev/config`,
    "",
    "  Ctrl-C ends it; the data stays.",
    "",
    `ready ${url}`,
  ];
  say(lines.join("\n"));
}
