/** What the games are played on: Debian's PostgreSQL, which lives on while the host dies, or else PGlite. */

import { isIgnored, startPostgres } from "../support/postgres.ts";

export type Databases = {
  /** For the name of a test. */
  name: string;
  /** The address of a new one; empty for PGlite in the host's data folder. */
  create(): Promise<string>;
  stop(): Promise<void>;
};

export async function startDatabases(): Promise<Databases> {
  const server = await startPostgres();
  if (isIgnored(server)) {
    return {
      name: `PGlite (${server.ignored})`,
      create: () => Promise.resolve(""),
      stop: () => Promise.resolve(),
    };
  }
  let created = 0;
  return {
    name: "a PostgreSQL server",
    // Not the one where pg_cron runs: nothing else may tick while a checkpoint is awaited.
    create: () => server.createDatabase(`crash_${++created}`),
    stop: () => server.stop(),
  };
}
