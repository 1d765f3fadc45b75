/** The database, by `rpc` alone: one call, one transaction (supabase/migrations). */

import type { SupabaseClient } from "@supabase/supabase-js";
import type { Database as Schema } from "./database.types.ts";

type Functions = Schema["public"]["Functions"];
export type DatabaseFunction = keyof Functions;

/** Every argument is named, every time; the generated types know nothing of null, which SQL takes. */
export type Arguments<Name extends DatabaseFunction> = {
  [Key in keyof Functions[Name]["Args"]]: Functions[Name]["Args"][Key] | null;
};

export interface Database {
  /**
   * Calls a database function. The comment above it in the migrations says what it answers; callers
   * name that type. Throws `DatabaseError`.
   */
  call<Name extends DatabaseFunction>(name: Name, args: Arguments<Name>): Promise<unknown>;
}

/** A call that the database refused or that never reached it; `sqlstate` is empty for the latter. */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  constructor(readonly function_name: string, readonly sqlstate: string, message: string) {
    super(`${function_name}: ${sqlstate || "unreachable"}: ${message}`);
  }
}

/** SQLSTATE of a reference to a row that does not exist, for instance a user deleted just now. */
export const FOREIGN_KEY_VIOLATION = "23503";

/** `client` must carry a secret key: the functions are executable by `service_role` alone. */
export function createDatabase(client: SupabaseClient<Schema>): Database {
  return {
    async call(name, args) {
      const { data, error } = await client.rpc(name, args as never);
      if (error !== null) throw new DatabaseError(name, error.code ?? "", error.message);
      return data;
    },
  };
}
