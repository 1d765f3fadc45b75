/** Holds answers against docs/openapi.json: what the document does not say is not answered. */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { ok } from "node:assert/strict";
import { repositoryPath } from "../../../local/host/index.ts";

type Seen = { status: number; headers: Headers; body: unknown };

type Described = { content?: Record<string, unknown> };
type Paths = Record<string, Record<string, { responses: Record<string, Described> }>>;

const document: { paths: Paths } = JSON.parse(
  await Deno.readTextFile(repositoryPath("docs/openapi.json")),
);

// The document has more keywords than those of JSON Schema.
const ajv = new Ajv2020({ strict: false, allErrors: true, discriminator: false });
// Its types say that the module is the function; in Deno, the function is in the module.
(addFormats as unknown as (ajv: Ajv2020) => void)(ajv);
ajv.addSchema(document, "document");

/** Throws unless the document says that this operation may answer so. `path` may have a query. */
export function assertAsDocumented(method: string, path: string, answer: Seen): void {
  const slug = /^(?:\/functions\/v1)?\/?(tiktok-[a-z-]+)(?:\?|$)/.exec(path)?.[1];
  const operations = slug === undefined ? undefined : document.paths[`/${slug}`];
  // Of a method that is not listed, the document says for all functions what is answered.
  const listed = operations !== undefined && Object.hasOwn(operations, method.toLowerCase());
  const operation = listed ? operations[method.toLowerCase()] : undefined;
  if (slug === undefined || operation === undefined) return;
  const said = `${method} ${slug} answered ${answer.status} ${JSON.stringify(answer.body)}`;
  const described = operation.responses[answer.status];
  ok(described, `${said}, a status that docs/openapi.json does not have`);
  if (described.content === undefined) return;
  const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
  ok(type in described.content, `${said} as ${type}, which docs/openapi.json does not have`);
  const validate = find(slug, method.toLowerCase(), answer.status, type);
  ok(
    validate(answer.body),
    `${said}, which is not as in docs/openapi.json: ${ajv.errorsText(validate.errors)}`,
  );
}

function find(slug: string, method: string, status: number, type: string): ValidateFunction {
  const schema = ["paths", `/${slug}`, method, "responses", status, "content", type, "schema"];
  return atPointer(schema);
}

/** A schema of the document as a function. */
export function atPointer(segments: (string | number)[]): ValidateFunction {
  const pointer = segments.map((segment) =>
    `/${encodeURIComponent(String(segment).replaceAll("~", "~0").replaceAll("/", "~1"))}`
  ).join("");
  const validate = ajv.getSchema(`document#${pointer}`);
  if (validate === undefined) throw new Error(`docs/openapi.json has nothing at ${pointer}`);
  return validate;
}
