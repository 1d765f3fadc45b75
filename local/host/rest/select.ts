/** `GET /rest/v1/<table>`: columns, filters, order, limit and offset. Nothing embedded, no writes. */
import { actAs, type Caller } from "../caller.ts";
import { type Queryable, quoteName, type Sql } from "../database/index.ts";
import { RestFailure } from "./errors.ts";
import { notOne } from "./rpc.ts";

const comparisons: Record<string, string> = {
  eq: "=",
  neq: "<>",
  gt: ">",
  gte: ">=",
  lt: "<",
  lte: "<=",
  like: "like",
  ilike: "ilike",
};
const is_values = new Set(["null", "not_null", "true", "false", "unknown"]);
const not_filters = new Set(["select", "order", "limit", "offset"]);

export interface SelectOptions {
  wants_one_object: boolean;
  wants_count: boolean;
}

export async function selectRows(
  sql: Sql,
  caller: Caller,
  table: string,
  params: URLSearchParams,
  { wants_one_object, wants_count }: SelectOptions,
): Promise<Response> {
  const types = await columnTypes(sql, table);
  const values: string[] = [];
  const columns = selectList(params.get("select") ?? "*");
  const where = [...params].filter(([key]) => !not_filters.has(key)).map(([key, text]) =>
    filter(key, text, types, values)
  );
  const from = `from public.${quoteName(table)} ${
    where.length > 0 ? `where ${where.join(" and ")}` : ""
  }`;
  const offset = wholeNumber(params.get("offset")) ?? 0;
  const page = [
    orderList(params.get("order")),
    params.has("limit") ? `limit ${wholeNumber(params.get("limit"))}` : "",
    offset > 0 ? `offset ${offset}` : "",
  ].join(" ");

  const { rows, total } = await actAs(sql, caller, async (tx) => {
    const [rows] = await tx.query<{ count: number; body: string; first: string | null }>(
      `select count(*)::int as count, coalesce(json_agg(host_rows), '[]')::text as body,
              (json_agg(host_rows) -> 0)::text as first
       from (select ${columns} ${from} ${page}) as host_rows`,
      values,
    );
    const [total] = wants_count
      ? await tx.query<{ count: number }>(`select count(*)::int as count ${from}`, values)
      : [];
    return { rows: rows ?? { count: 0, body: "[]", first: null }, total: total?.count };
  });

  if (wants_one_object && rows.count !== 1) throw notOne(rows.count);
  const range = rows.count > 0 ? `${offset}-${offset + rows.count - 1}` : "*";
  return new Response(wants_one_object ? rows.first : rows.body, {
    headers: {
      "content-type": wants_one_object
        ? "application/vnd.pgrst.object+json; charset=utf-8"
        : "application/json; charset=utf-8",
      "content-range": `${range}/${total ?? "*"}`,
    },
  });
}

/** The table's columns with their types: a value is cast to its column's, as a literal would be. */
export async function columnTypes(sql: Queryable, table: string): Promise<Map<string, string>> {
  const rows = await sql.query<{ name: string; type: string }>(
    `select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f')
       and c.relname = $1::text and a.attnum > 0 and not a.attisdropped`,
    [table],
  );
  if (rows.length > 0) return new Map(rows.map(({ name, type }) => [name, type]));
  const message = `Could not find the table 'public.${table}' in the schema cache`;
  throw new RestFailure(404, "PGRST205", message);
}

/** `id,taken:created_at,total::text` */
function selectList(text: string): string {
  return text.split(",").map((item) => {
    if (item === "*") return "*";
    const match = /^(?:(\w+):)?(\w+)(?:::(\w+))?$/.exec(item.trim());
    if (!match) throw unparsable("select", text);
    const [, alias, column = "", type] = match;
    const value = type ? `${quoteName(column)}::${quoteName(type)}` : quoteName(column);
    return `${value} as ${quoteName(alias ?? column)}`;
  }).join(", ");
}

/** One `column=operator.value`; its value is appended to `values`. */
export function filter(
  column: string,
  text: string,
  types: Map<string, string>,
  values: string[],
): string {
  const match = /^(not\.)?(\w+)\.(.*)$/s.exec(text);
  if (!match || !/^\w+$/.test(column)) throw unparsable(column, text);
  const [, not, operator = "", value = ""] = match;
  const type = types.get(column) ?? "text";
  const parameter = (item: string) => `$${values.push(item)}::text::${type}`;
  const name = quoteName(column);
  const condition = (() => {
    const sign = comparisons[operator];
    if (sign) return `${name} ${sign} ${parameter(value)}`;
    if (operator === "is" && is_values.has(value)) return `${name} is ${value.replace("_", " ")}`;
    if (operator === "in" && /^\(.*\)$/s.test(value)) {
      const items = listItems(value.slice(1, -1));
      return items.length > 0 ? `${name} in (${items.map(parameter).join(", ")})` : "false";
    }
    throw unparsable(column, text);
  })();
  return not ? `not (${condition})` : condition;
}

/** `a,"b,c","d\"e"` */
function listItems(text: string): string[] {
  const items = text.matchAll(/(?:^|,)(?:"((?:[^"\\]|\\.)*)"|([^,]*))/gs);
  if (text === "") return [];
  return [...items].map(([, quoted, plain]) => quoted?.replaceAll(/\\(.)/gs, "$1") ?? plain ?? "");
}

/** `created_at.desc.nullslast,id` */
function orderList(text: string | null): string {
  if (!text) return "";
  const items = text.split(",").map((item) => {
    const match = /^(\w+)(?:\.(asc|desc))?(?:\.nulls(first|last))?$/.exec(item);
    if (!match) throw unparsable("order", text);
    const [, column = "", direction = "", nulls] = match;
    return `${quoteName(column)} ${direction} ${nulls ? `nulls ${nulls}` : ""}`;
  });
  return `order by ${items.join(", ")}`;
}

function wholeNumber(text: string | null): number | undefined {
  if (text === null) return undefined;
  if (!/^[0-9]{1,9}$/.test(text)) throw unparsable("limit", text);
  return Number(text);
}

function unparsable(what: string, text: string): RestFailure {
  return new RestFailure(400, "PGRST100", `failed to parse ${what} (${text})`);
}
