/** The functions as an OpenAPI 3.1 document, put together from the schemas, the table and the examples. */

import { type Example, EXAMPLES } from "./examples.ts";
import { type Answer, type Operation, OPERATIONS } from "./operations.ts";
import { problemsOf, titleOf } from "./problems.ts";
import { describeSchemas, refTo } from "./schemas.ts";

type Json = Record<string, unknown>;

const DESCRIPTION = `The Edge Functions of the TikTok integration.

Every failure is a problem document (RFC 9457) with a stable \`code\`; each operation lists its own. A
method that is not listed is answered with 405 \`method_not_allowed\`. Where waiting helps, \`retry_after\`
and the header \`Retry-After\` say how long, in seconds. Times are ISO 8601 in UTC.

A user sees and touches only what is his own: an id of another user's is as unknown as one of nobody's.`;

type Tag = { name: string; description: string };

const TAGS: Record<Operation["caller"], Tag> = {
  user: {
    name: "Signed-in users",
    description: "What Nexus's pages call; its client package does it for them.",
  },
  browser: { name: "The browser", description: "Where TikTok may send a browser back to." },
  schedule: { name: "The schedule", description: "What pg_cron calls, and nobody else." },
  tiktok: { name: "TikTok", description: "What TikTok calls." },
};

const SECURITY: Record<Operation["caller"], Record<string, string[]>[]> = {
  user: [{ userToken: [], publishableKey: [] }],
  browser: [],
  schedule: [{ cronKey: [] }],
  tiktok: [{ webhookSignature: [] }],
};

export function makeDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    (paths[`/${operation.slug}`] ??= {})[operation.method] = describeOperation(operation);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Nexus and TikTok",
      version: "1",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{project}.supabase.co/functions/v1",
        description: "A Supabase project",
        variables: { project: { default: "project-ref" } },
      },
      {
        url: "http://127.0.0.1:{port}/functions/v1",
        description: "The embedded host",
        variables: { port: { default: "54321" } },
      },
    ],
    tags: Object.values(TAGS),
    paths,
    components: {
      securitySchemes: {
        userToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The access token of a Supabase Auth session; not of an anonymous one.",
        },
        publishableKey: {
          type: "apiKey",
          in: "header",
          name: "apikey",
          description: "The project's publishable key, as supabase-js sends it.",
        },
        cronKey: {
          type: "apiKey",
          in: "header",
          name: "apikey",
          description: "The secret key named `cron`; no other key, no user's token.",
        },
        webhookSignature: {
          type: "apiKey",
          in: "header",
          name: "TikTok-Signature",
          description: '`t=<seconds>,s=<hex(HMAC-SHA256(client secret, t + "." + body))>`.',
        },
      },
      schemas: describeSchemas(),
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { id, caller, summary, description, query, body, answers } = operation;
  const examples = EXAMPLES.filter((example) => example.operation === id);
  const responses: Record<string, Json> = {};
  for (const [status, answer] of Object.entries(answers)) {
    const [tables, others] = partition(examples, ({ answer }) => typeof answer === "string");
    responses[status] = describeAnswer(
      answer,
      examplesOf(others, Number(status), "answer"),
      examplesOf(tables, Number(status), "answer"),
    );
  }
  for (const [status, codes] of problemsOf(operation)) {
    responses[status] = describeProblem(status, codes, examplesOf(examples, status, "answer"));
  }
  return {
    operationId: id,
    tags: [TAGS[caller].name],
    summary,
    ...(description && { description }),
    security: SECURITY[caller],
    ...(query && {
      parameters: query.map(({ name, description, required, schema }) => {
        const value = examples.find((example) => example.query?.[name])?.query?.[name];
        return {
          name,
          in: "query",
          description,
          ...(required && { required }),
          schema,
          ...(value && { example: schema.type === "integer" ? Number(value) : value }),
        };
      }),
    }),
    ...(body && {
      requestBody: {
        required: caller !== "schedule",
        content: {
          "application/json": { schema: refTo(body), ...examplesOf(examples, null, "body") },
        },
      },
    }),
    responses,
  };
}

function describeAnswer(
  { description, schemas, csv, location }: Answer,
  examples: Json,
  tables: Json,
): Json {
  const schema = schemas && schemas.length > 1
    ? { oneOf: schemas.map(refTo) }
    : schemas?.map(refTo)[0];
  const content = {
    ...(schema && { "application/json": { schema, ...examples } }),
    ...(csv && { "text/csv": { schema: { type: "string" }, ...tables } }),
  };
  return {
    description,
    headers: {
      ...(schema && { "X-Request-Id": textHeader("Name it to whoever runs the functions.") }),
      ...(location && { Location: textHeader(location) }),
      ...(csv && {
        "X-Missing-Scopes": textHeader("With CSV: `missing_scopes`, separated by commas."),
      }),
    },
    ...(schema && { content }),
  };
}

function describeProblem(
  status: number,
  codes: Parameters<typeof titleOf>[0][],
  examples: Json,
): Json {
  // What it is in particular comes first: of that, readers make up their samples.
  const particular = { status: { const: status }, code: { enum: codes } };
  const schema = { allOf: [{ properties: particular }, refTo("Problem")] };
  return {
    description: codes.map((code) => `\`${code}\`: ${titleOf(code)}`).join(". ") + ".",
    content: { "application/problem+json": { schema, ...examples } },
  };
}

function textHeader(description: string): Json {
  return { description, schema: { type: "string" } };
}

/** A status' answers, or with none the requests, but for those that are mistakes. */
function examplesOf(examples: Example[], status: number | null, part: "answer" | "body"): Json {
  const wanted = examples.filter((example) =>
    example[part] !== undefined &&
    (status === null ? example.status !== 400 : example.status === status)
  );
  if (wanted.length === 0) return {};
  const named = wanted.map(({ name, summary, [part]: value }) => [name, { summary, value }]);
  return { examples: Object.fromEntries(named) };
}

function partition<Item>(items: Item[], belongs: (item: Item) => boolean): [Item[], Item[]] {
  return [items.filter(belongs), items.filter((item) => !belongs(item))];
}
