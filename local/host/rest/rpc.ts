/** `POST /rest/v1/rpc/<function>`: named JSON arguments, cast to the types that the function declares. */
import { actAs, type Caller } from "../caller.ts";
import { type Queryable, quoteName, type Sql } from "../database/index.ts";
import { RestFailure } from "./errors.ts";

interface Argument {
  name: string;
  type: string;
  is_required: boolean;
}

interface Routine {
  arguments: Argument[];
  returns_set: boolean;
  returns_row: boolean;
  returns_void: boolean;
}

/** Calls the function as the caller; `body` is JSON text, an object of arguments. */
export async function callFunction(
  sql: Sql,
  caller: Caller,
  name: string,
  body: string,
  wants_one_object: boolean,
): Promise<Response> {
  const given = argumentNames(body);
  const routine = choose(await findRoutines(sql, name), name, given);
  const call = writeCall(name, routine, given);
  const answer = await actAs(sql, caller, async (tx) => {
    const [row] = await tx.query<{ count: number; body: string | null }>(
      call,
      takesArguments(routine, given) ? [body || "{}"] : [],
    );
    if (wants_one_object && routine.returns_set && row?.count !== 1) throw notOne(row?.count ?? 0);
    return row?.body ?? "null";
  });
  if (routine.returns_void) return new Response(null, { status: 204 });
  const text = wants_one_object && routine.returns_set ? answer.slice(1, -1) : answer;
  return new Response(text, { headers: { "content-type": "application/json; charset=utf-8" } });
}

/** PostgREST's refusal where exactly one row was asked for. */
export function notOne(count: number): RestFailure {
  const message = "Cannot coerce the result to a single JSON object";
  return new RestFailure(406, "PGRST116", message, `The result contains ${count} rows`);
}

/**
 * The SQL of a call. `json_to_record` does the casts, as PostgREST does, so that a bigint keeps its
 * digits and an absent argument its default.
 */
function writeCall(name: string, routine: Routine, given: string[]): string {
  const used = routine.arguments.filter((argument) => given.includes(argument.name));
  const columns = used.map(({ name, type }) => `${quoteName(name)} ${type}`);
  const unnamed = isUnnamedJson(routine);
  const values = unnamed
    ? [`$1::text::${routine.arguments[0]?.type}`]
    : used.map(({ name }) => `${quoteName(name)} => host_args.${quoteName(name)}`);
  const call = `public.${quoteName(name)}(${values.join(", ")})`;
  const source = used.length > 0 && !unnamed
    ? `from json_to_record($1::text::json) as host_args(${columns.join(", ")})`
    : "";
  const lateral = (alias: string) => source ? `${source}, lateral ${alias}` : `from ${alias}`;

  if (routine.returns_void) {
    return `select 1 as count, ${call}::text as body ${source}`;
  }
  if (routine.returns_row) {
    const rows = `(select host_row.* ${lateral(`${call} as host_row`)}) as host_rows`;
    const body = routine.returns_set ? "json_agg(host_rows)" : "json_agg(host_rows) -> 0";
    const empty = routine.returns_set ? "[]" : "null";
    return `select count(*)::int as count, coalesce(${body}, '${empty}')::text as body from ${rows}`;
  }
  if (routine.returns_set) {
    return `select count(*)::int as count, coalesce(json_agg(value), '[]')::text as body
            ${lateral(`${call} as host_row(value)`)}`;
  }
  return `select 1 as count, coalesce(to_json(value)::text, 'null') as body
          from (select ${call} as value ${source}) as host_rows`;
}

function takesArguments(routine: Routine, given: string[]): boolean {
  return isUnnamedJson(routine) || given.length > 0;
}

function isUnnamedJson({ arguments: [first, ...rest] }: Routine): boolean {
  return first?.name === "" && rest.length === 0 && ["json", "jsonb"].includes(first.type);
}

async function findRoutines(sql: Queryable, name: string): Promise<Routine[]> {
  const rows = await sql.query<{
    names: string[] | null;
    modes: string[] | null;
    types: string[];
    defaults: number;
    returns_set: boolean;
    returns_row: boolean;
    returns_void: boolean;
  }>(
    `select p.proargnames as names,
            p.proargmodes::text[] as modes,
            array(select format_type(a.type, null)
                  from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
                       with ordinality as a(type, position)
                  order by a.position) as types,
            p.pronargdefaults::int as defaults,
            p.proretset as returns_set,
            (t.typtype = 'c' or coalesce(p.proargmodes::text[] && '{t,b,o}', false)) as returns_row,
            p.prorettype = 'void'::regtype as returns_void
     from pg_proc p join pg_type t on t.oid = p.prorettype
     where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
       and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
       and p.proname = $1::text
     order by p.oid`,
    [name],
  );
  return rows.map(({ names, modes, types, defaults, ...routine }) => {
    const inputs = types
      .map((type, index) => ({ type, name: names?.[index] ?? "", mode: modes?.[index] ?? "i" }))
      .filter(({ mode }) => mode === "i" || mode === "b");
    return {
      ...routine,
      arguments: inputs.map(({ name, type }, index) => ({
        name,
        type,
        is_required: index < inputs.length - defaults,
      })),
    };
  });
}

function choose(routines: Routine[], name: string, given: string[]): Routine {
  const by_name = routines.filter((routine) => {
    const names = routine.arguments.map((argument) => argument.name);
    return given.every((key) => names.includes(key)) &&
      routine.arguments.every((argument) => !argument.is_required || given.includes(argument.name));
  });
  const matching = by_name.length > 0 ? by_name : routines.filter(isUnnamedJson);
  const [only, another] = matching;
  if (only && !another) return only;

  const list = given.length > 0 ? `(${given.join(", ")})` : "";
  if (only) {
    const message = `Could not choose the best candidate function among ${matching.length} of ` +
      `public.${name}`;
    throw new RestFailure(300, "PGRST203", message);
  }
  const searched = given.length > 0
    ? `with parameter${given.length > 1 ? "s" : ""} ${given.join(", ")}`
    : "without parameters";
  throw new RestFailure(
    404,
    "PGRST202",
    `Could not find the function public.${name}${
      list || " without parameters"
    } in the schema cache`,
    `Searched for the function public.${name} ${searched} or with a single unnamed json/jsonb ` +
      "parameter, but no matches were found in the schema cache.",
  );
}

function argumentNames(body: string): string[] {
  if (!body) return [];
  try {
    const value: unknown = JSON.parse(body);
    if (value && typeof value === "object" && !Array.isArray(value)) return Object.keys(value);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new RestFailure(400, "PGRST102", "Empty or invalid json");
}
