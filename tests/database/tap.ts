/** Runs a pgTAP file over a plain connection and reads what it says. */
import type postgres from "postgres";
import { splitStatements } from "../../local/host/database/split.ts";

/** One line of TAP and the diagnostics below it. */
export interface TapResult {
  ok: boolean;
  name: string;
  diagnostics: string[];
}

/**
 * Runs the file as `pg_prove` would, on one connection. Of psql's commands it knows `\ir` only.
 * Throws where a statement fails, naming it, and where the plan and the results differ.
 */
export async function runTapFile(sql: postgres.Sql, path: string): Promise<TapResult[]> {
  const connection = await sql.reserve();
  const lines: string[] = [];
  try {
    for (const statement of splitStatements(await readScript(path))) {
      lines.push(...await runStatement(connection, statement));
    }
  } finally {
    await connection.unsafe("rollback").simple();
    connection.release();
  }
  return readTap(lines);
}

async function runStatement(connection: postgres.Sql, statement: string): Promise<string[]> {
  try {
    const rows = await connection.unsafe(statement).simple();
    return rows.flatMap((row: Record<string, unknown>) => Object.values(row))
      .filter((value) => typeof value === "string")
      .flatMap((value) => value.split("\n"));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\nin: ${statement.slice(0, 600)}`, { cause: error });
  }
}

/** Reads lines of TAP; anything else that a statement returned is passed over. */
export function readTap(lines: string[]): TapResult[] {
  const results: TapResult[] = [];
  let planned: number | undefined;
  for (const line of lines) {
    const result = /^(not )?ok \d+(?: - (.*))?$/.exec(line);
    const plan = /^1\.\.(\d+)$/.exec(line);
    if (plan) planned = Number(plan[1]);
    if (result) results.push({ ok: !result[1], name: result[2] ?? "unnamed", diagnostics: [] });
    if (line.startsWith("#")) results.at(-1)?.diagnostics.push(line);
  }
  if (planned === undefined) throw new Error("no plan: the file does not end with finish()");
  if (planned !== results.length) {
    throw new Error(`${planned} tests were planned, ${results.length} ran`);
  }
  return results;
}

async function readScript(path: string): Promise<string> {
  const script = await Deno.readTextFile(path);
  const folder = path.slice(0, path.lastIndexOf("/"));
  const parts = script.split(/^\\ir (\S+)$/m);
  const texts = parts.map((part, index) => index % 2 ? readScript(`${folder}/${part}`) : part);
  return (await Promise.all(texts)).join("");
}
