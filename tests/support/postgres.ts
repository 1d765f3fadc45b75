/**
 * A throw-away PostgreSQL server for database tests, made from installed binaries.
 *
 * The server listens on 127.0.0.1 (a free port) and on a Unix socket in its own temp folder, trusts
 * every loopback caller, has `pg_cron` preloaded (not created: migrations do that) and forgets fsync,
 * since nothing in it is worth keeping. PostgreSQL refuses to run as root, so a root caller drops to
 * the user `postgres` for the server's processes.
 */

/** A running throw-away server. */
export interface PostgresServer {
  /** Connection string of the database where pg_cron may be created. */
  url: string;
  /** Folder of the installed binaries, for tests that call `psql` or `pg_dump`. */
  bin_dir: string;
  /** Creates an empty database and gives its connection string. pg_cron can't be created there. */
  createDatabase(name: string): Promise<string>;
  /** What the server logged so far. */
  readLog(): Promise<string>;
  /** Stops the server and removes its folder. Calling it again does nothing. */
  stop(): Promise<void>;
}

/** Why there is no server: nothing suitable is installed. */
export interface PostgresIgnored {
  ignored: string;
}

/** Tells `{ ignored }` from a running server. */
export function isIgnored(server: PostgresServer | PostgresIgnored): server is PostgresIgnored {
  return "ignored" in server;
}

/** Extra `postgresql.conf` lines, for example `{ "log_statement": "all" }`. */
export interface PostgresOptions {
  settings?: Record<string, string>;
}

/** Starts a server, or says why it can't. Takes about two seconds. */
export async function startPostgres(
  options: PostgresOptions = {},
): Promise<PostgresServer | PostgresIgnored> {
  const bin_dir = findBinaries();
  if (typeof bin_dir !== "string") return bin_dir;
  const owner = findOwner();
  if ("ignored" in owner) return owner;

  const folder = Deno.makeTempDirSync({ prefix: "pg-" });
  if (owner.uid !== undefined) Deno.chownSync(folder, owner.uid, owner.gid ?? null);
  const run = (program: string, ...args: string[]) => runAs(owner, folder, bin_dir, program, args);

  await run(
    "initdb",
    ...["-D", `${folder}/data`, "-U", "postgres", "-A", "trust", "-E", "UTF8"],
    ...["--locale=C.UTF-8", "--no-sync", "--no-instructions"],
  );
  const port = await startOnFreePort(folder, options.settings ?? {}, run);
  return openServer({ folder, bin_dir, port, run });
}

type Run = (program: string, ...args: string[]) => Promise<string>;

interface Owner {
  uid?: number;
  gid?: number;
}

const attempts_to_find_a_port = 5;

/** The port found free may be taken before the server binds it: then the next one is tried. */
async function startOnFreePort(folder: string, settings: Record<string, string>, run: Run) {
  for (let attempt = 1;; attempt++) {
    const port = findFreePort();
    const all: Record<string, string> = {
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: folder,
      shared_preload_libraries: "pg_cron",
      "cron.database_name": "postgres",
      "cron.host": "127.0.0.1",
      "cron.timezone": "UTC",
      timezone: "UTC",
      log_timezone: "UTC",
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
      ...settings,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
    Deno.writeTextFileSync(`${folder}/test.conf`, lines.join(""));
    Deno.chmodSync(`${folder}/test.conf`, 0o644);
    try {
      await run(
        "pg_ctl",
        ...["start", "-w", "-t", "30", "-D", `${folder}/data`, "-l", `${folder}/log`],
        ...["-o", `-c config_file=${folder}/test.conf -c hba_file=${folder}/data/pg_hba.conf`],
      );
      return port;
    } catch (error) {
      const log = await Deno.readTextFile(`${folder}/log`).catch(() => "(no log was written)");
      const taken = log.includes("Address already in use");
      if (!taken || attempt === attempts_to_find_a_port) {
        throw new Error(`PostgreSQL did not start:\n${log}`, { cause: error });
      }
    }
  }
}

function openServer(
  { folder, bin_dir, port, run }: { folder: string; bin_dir: string; port: number; run: Run },
): PostgresServer {
  const urlOf = (database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const watchdog = startWatchdog(folder);
  let stopping: Promise<void> | undefined;

  return {
    url: urlOf("postgres"),
    bin_dir,
    async createDatabase(name) {
      await run("createdb", "-h", "127.0.0.1", "-p", String(port), "-U", "postgres", name);
      return urlOf(name);
    },
    readLog: () => Deno.readTextFile(`${folder}/log`),
    stop: () => stopping ??= watchdog.release(),
  };
}

/**
 * Ends the server when its standard input ends, which happens however the tests end: a run that is
 * killed would leave a server behind otherwise. It has a session of its own, out of reach of Ctrl-C.
 * The folder is thrown away, so `SIGQUIT`, which waits for no open connection, is good enough.
 */
function startWatchdog(folder: string): { release(): Promise<void> } {
  // The lock file goes last; the process itself may stay a zombie where nobody reaps it.
  const script = `read -r _
    lock="$0/data/postmaster.pid"
    kill -QUIT "$(head -n 1 "$lock")"
    for _ in $(seq 500); do [ -e "$lock" ] || break; sleep 0.02; done
    rm -rf "$0"`;
  const child = new Deno.Command("sh", {
    args: ["-c", script, folder],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
    detached: true,
  }).spawn();
  child.unref();
  return {
    async release() {
      child.ref();
      await child.stdin.close();
      await child.status;
    },
  };
}

/** The newest installed version that has pg_cron, in Debian's layout. */
function findBinaries(): string | PostgresIgnored {
  const root = "/usr/lib/postgresql";
  const versions = listFolder(root)
    .filter((version) => fileExists(`${root}/${version}/bin/initdb`))
    .sort((a, b) => Number(b) - Number(a));
  if (versions.length === 0) return { ignored: `no PostgreSQL binaries in ${root}` };
  const version = versions.find((candidate) => fileExists(`${root}/${candidate}/lib/pg_cron.so`));
  if (version) return `${root}/${version}/bin`;
  return { ignored: `PostgreSQL ${versions[0]} is installed, pg_cron is not` };
}

function findOwner(): Owner | PostgresIgnored {
  if (Deno.uid() !== 0) return {};
  const passwd = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  const entry = passwd.find(([name]) => name === "postgres");
  if (!entry) return { ignored: "running as root, and there is no user `postgres` to drop to" };
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

async function runAs(owner: Owner, cwd: string, bin_dir: string, program: string, args: string[]) {
  const { success, stdout, stderr } = await new Deno.Command(`${bin_dir}/${program}`, {
    args,
    cwd,
    ...owner,
    stdin: "null",
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout);
  throw new Error(`${program} failed:\n${text.decode(stderr)}${text.decode(stdout)}`);
}

function findFreePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}

function fileExists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function listFolder(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
