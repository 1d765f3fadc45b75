/** The PostgreSQL server of a bench: the tests' throw-away one, but with Debian's own durability. */
import { prepareMigrated } from "../../tests/database/support.ts";
import { isIgnored, type PostgresServer, startPostgres } from "../../tests/support/postgres.ts";

/** As installed: what is committed is on the disk. All else is PostgreSQL's default too. */
export const DURABLE = { fsync: "on", synchronous_commit: "on", full_page_writes: "on" };

/** What the page says of them. */
export const DURABLE_IN_WORDS =
  "PostgreSQL 15 with its own defaults (`fsync`, `synchronous_commit` and `full_page_writes` on, " +
  "128 MB of `shared_buffers`)";

export type BenchServer = PostgresServer & AsyncDisposable;

/** A server whose main database has our migrations. Throws where PostgreSQL is not installed. */
export async function startServer(
  settings: Record<string, string> = DURABLE,
): Promise<BenchServer> {
  const server = await startPostgres({ settings });
  if (isIgnored(server)) throw new Error(`benches need PostgreSQL: ${server.ignored}`);
  const disposable = { ...server, [Symbol.asyncDispose]: () => server.stop() };
  try {
    await prepareMigrated(server.url);
    return disposable;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
