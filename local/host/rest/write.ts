/**
 * Writes to a table through the Data API. This project grants none to anybody; they are made here so
 * that it is the grants and policies that refuse them, as on a hosted project, and not this host.
 */
import { actAs, type Caller } from "../caller.ts";
import { quoteName, type Sql } from "../database/index.ts";
import { RestFailure } from "./errors.ts";
import { columnTypes, filter } from "./select.ts";

export async function writeRows(
  sql: Sql,
  caller: Caller,
  table: string,
  request: { method: "POST" | "PATCH" | "DELETE"; params: URLSearchParams; body: string },
): Promise<Response> {
  const types = await columnTypes(sql, table);
  const values: string[] = [];
  const where = [...request.params]
    .filter(([key]) => key !== "select" && key !== "columns")
    .map(([key, text]) => filter(key, text, types, values));
  const condition = where.length > 0 ? `where ${where.join(" and ")}` : "";
  const target = `public.${quoteName(table)}`;

  const statement = (() => {
    if (request.method === "DELETE") return `delete from ${target} ${condition}`;
    const names = columnsOf(request.body).map(quoteName).join(", ");
    const source = `json_populate_recordset(null::${target}, $${
      values.push(asList(request.body))
    }::text::json)`;
    if (request.method === "POST") {
      return `insert into ${target} (${names}) select ${names} from ${source}`;
    }
    return `update ${target} set (${names}) = (select ${names} from ${source}) ${condition}`;
  })();
  await actAs(sql, caller, (tx) => tx.query(statement, values));
  return new Response(null, { status: request.method === "POST" ? 201 : 204 });
}

function columnsOf(body: string): string[] {
  const [first] = parse(body);
  const names = Object.keys(first ?? {});
  if (names.length === 0) throw new RestFailure(400, "PGRST102", "Empty or invalid json");
  return names;
}

function asList(body: string): string {
  return body.trimStart().startsWith("[") ? body : `[${body}]`;
}

function parse(body: string): object[] {
  try {
    return JSON.parse(asList(body));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RestFailure(400, "PGRST102", "Empty or invalid json");
  }
}
