/** Looks for secrets wherever they could have been left. */

import type { Queryable } from "../../../local/host/index.ts";
import type { Answer } from "./caller.ts";

export type Place = { name: string; text: string };

/** Every row of every table of every schema but Postgres's own; a line is a row. */
export async function readTables(sql: Queryable): Promise<Place[]> {
  const tables = await sql.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      order by 1`,
  );
  return await Promise.all(tables.map(async ({ name }) => {
    const rows = await sql.query<{ text: string }>(
      `select to_jsonb(t)::text as text from ${name} t`,
    );
    return { name, text: rows.map(({ text }) => text).join("\n") };
  }));
}

/** What was answered; the browser's redirect carries the code to Nexus's page, which is its task. */
export function readAnswers(answers: Answer[]): Place[] {
  return answers.map(({ status, headers, body }, index) => ({
    name: `answer ${index} (${status})`,
    text: JSON.stringify([
      body,
      [...headers].filter(([name]) => !(status === 303 && name === "location")),
    ]),
  }));
}

/** The forms in which a text could hide from a plain search. */
export function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams({ x: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    bytes.toHex(),
    // The last characters depend on what follows in the same text.
    bytes.toBase64().slice(0, -4),
    bytes.toBase64({ alphabet: "base64url" }).slice(0, -4),
  ];
}

/** Where which secret was found, as sentences; empty is what is wanted. */
export function findSecrets(places: Place[], secrets: string[]): string[] {
  const found: string[] = [];
  for (const secret of secrets) {
    for (const form of new Set(formsOf(secret))) {
      for (const { name, text } of places) {
        if (text.includes(form)) found.push(`${secret.slice(0, 8)}… in ${name}`);
      }
    }
  }
  return found;
}
