/** JSON Schemas as TypeScript's types, for the client: its users need neither zod nor the functions. */

import type { JsonSchema } from "./schemas.ts";

/** One `export type` a schema, with what its fields are for. */
export function printTypes(schemas: Record<string, JsonSchema>): string {
  return Object.entries(schemas)
    .map(([name, schema]) =>
      `${comment(schema, "")}export type ${name} =${print(schema, "").replace(/^(?!\n)/, " ")};\n`
    )
    .join("\n");
}

function print(schema: JsonSchema, indent: string): string {
  const { $ref, type, properties, additionalProperties, items } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf("/") + 1);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return union(schema.enum.map((value) => JSON.stringify(value)), indent);
  const choices = properties ? undefined : schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices.map((choice) => print(choice, indent)), indent);
  if (items) return arrayOf(print(items, indent));
  if (properties) return printObject(schema, properties, indent);
  if (typeof additionalProperties === "object") {
    return `Record<string, ${print(additionalProperties, indent)}>`;
  }
  return union([type ?? []].flat().map((name) => SIMPLE[name] ?? unknown(schema)), indent);
}

const SIMPLE: Record<string, string> = {
  string: "string",
  number: "number",
  integer: "number",
  boolean: "boolean",
  null: "null",
};

function unknown(schema: JsonSchema): never {
  throw new Error(`no type is known for ${JSON.stringify(schema)}`);
}

function printObject(
  { required = [] }: JsonSchema,
  properties: Record<string, JsonSchema>,
  indent: string,
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, property]) =>
    `${comment(property, inner)}${inner}${name}${required.includes(name) ? "" : "?"}: ${
      print(property, inner)
    };\n`
  );
  return `{\n${lines.join("")}${indent}}`;
}

function arrayOf(item: string): string {
  return /^\w+$/.test(item) ? `${item}[]` : `Array<${item}>`;
}

const LINE = 90;

function union(choices: string[], indent: string): string {
  if (choices.length === 0) throw new Error("a schema says nothing");
  const line = choices.join(" | ");
  if (line.length < LINE) return line;
  return choices.map((choice) => `\n${indent}  | ${choice}`).join("");
}

function comment(schema: JsonSchema, indent: string): string {
  const words = [
    schema.description,
    ...("default" in schema ? [`${JSON.stringify(schema.default)} if left out.`] : []),
  ].filter((text) => text !== undefined);
  return words.length === 0 ? "" : `${indent}/** ${words.join(" ")} */\n`;
}
