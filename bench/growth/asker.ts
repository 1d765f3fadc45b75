/** Asks the cases of one database, each as its role, in transactions that leave nothing behind. */
import postgres from "postgres";
import type { Case } from "./cases.ts";
import { SUBJECT } from "./fill.ts";

export interface Asker extends AsyncDisposable {
  /** How long the statement took, in milliseconds. Throws where the answer is not right. */
  ask(question: Case): Promise<number>;
  /** Run as the server's owner in the same session, before anything is asked. */
  prepare(script: string): Promise<void>;
}

export function openAsker(
  url: string,
  onNotice: (notice: postgres.Notice) => void = () => {},
): Asker {
  const sql = postgres(url, { max: 1, onnotice: onNotice });
  const claims = JSON.stringify({ sub: SUBJECT.user_id, role: "authenticated" });
  return {
    async ask({ title, as, text, values, isRight }) {
      await sql.unsafe("begin");
      try {
        await sql`select set_config('role', ${as}, true), set_config('request.jwt.claims', ${claims}, true)`;
        const started_at = performance.now();
        const rows = await sql.unsafe(text, values as never[], { prepare: true });
        const ms = performance.now() - started_at;
        if (!isRight(rows)) throw new Error(`${title}: ${JSON.stringify(rows).slice(0, 500)}`);
        return ms;
      } finally {
        await sql.unsafe("rollback");
      }
    },
    prepare: async (script) => void await sql.unsafe(script).simple(),
    [Symbol.asyncDispose]: () => sql.end({ timeout: 2 }),
  };
}
