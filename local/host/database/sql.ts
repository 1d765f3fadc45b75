/**
 * The one face of the database inside the host, so that PGlite and a real server are exchangeable.
 *
 * Values: `bigint` comes back as text, `timestamptz` as `Date`, `json` and `jsonb` parsed, the same
 * from both. A parameter meant as JSON is given as JSON text.
 */

/** A row as an object of its columns. */
export type Row = object;

/** What can be asked, inside a transaction or outside. */
export interface Queryable {
  /** One statement with `$1`-style parameters. */
  query<T extends Row = Record<string, unknown>>(text: string, params?: unknown[]): Promise<T[]>;
  /** A script of any number of statements, without parameters. */
  exec(script: string): Promise<void>;
}

export interface Sql extends Queryable {
  /** Which database answers. PGlite has a single session: transactions wait for each other. */
  kind: "pglite" | "server";
  /** Commits what `work` did, or rolls it back if `work` throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Calls back at each `NOTIFY` on the channel, after the notifying transaction committed. */
  listen(channel: string, onNotify: () => void): Promise<void>;
  close(): Promise<void>;
}

/** What PostgreSQL says when it refuses. Both drivers throw errors of this shape. */
export interface DatabaseError extends Error {
  code: string;
  detail?: string;
  hint?: string;
}

/** Tells an answer of PostgreSQL (with an SQLSTATE) from any other failure. */
export function isDatabaseError(error: unknown): error is DatabaseError {
  // A socket's `EPIPE` looks like an SQLSTATE; only the database gives a severity.
  return error instanceof Error && "severity" in error && "code" in error &&
    typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code);
}

/** Quotes a name for SQL text. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
