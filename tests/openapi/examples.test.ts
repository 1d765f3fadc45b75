/** The examples of docs/openapi.json, told to a running host: both sides are as the document says. */

import assert from "node:assert/strict";
import { type Example, EXAMPLES, PLACEHOLDERS } from "../../local/openapi/examples.ts";
import { type Operation, OPERATIONS } from "../../local/openapi/operations.ts";
import { assertAsDocumented, atPointer } from "../functions/support/contract.ts";
import { signWebhook } from "../../local/tiktok/index.ts";
import { ADA } from "../functions/support/accounts.ts";
import type { Answer } from "../functions/support/caller.ts";
import { readClip } from "../functions/support/media.ts";
import type { Person } from "../functions/support/person.ts";
import { startWorld } from "../functions/support/world.ts";

const operations = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

const titleOf = ({ operation, name }: Example) => `${operation}: ${name}`;

Deno.test("the examples", async (t) => {
  await using world = await startWorld({
    env: { NEXUS_REDIRECT_URLS: "https://nexus.example.com/connections" },
  });
  const person = await world.person();
  /** What stands for each placeholder in this run, as far as the story has come. */
  const real = new Map<string, string>([[PLACEHOLDERS.user_id, person.id]]);
  const keep = (name: keyof typeof PLACEHOLDERS, value: unknown) =>
    real.set(PLACEHOLDERS[name], String(value));
  await person.upload("clip.mp4", await readClip());

  /** What has to happen before an example, besides the examples before it. */
  const before: Record<string, () => Promise<void>> = {
    "completeConnection: refused": async () => {
      keep("refused_state", (await person.authorize({ deny: true })).get("state"));
    },
    "readJob: published": async () => {
      await person.settle(real.get(PLACEHOLDERS.job_id) ?? "");
    },
  };
  /** What an example leaves to those after it. */
  const after: Record<string, (answer: Answer) => Promise<void>> = {
    "initiateConnection: everything": async ({ body }) => {
      const { authorization_url } = body;
      const back = await world.tiktok.consent({ authorize_url: authorization_url, account: ADA });
      keep("state", back.searchParams.get("state"));
      keep("code", back.searchParams.get("code"));
    },
    "completeConnection: agreed": ({ body }) => {
      keep("connection_id", body.connection.id);
      return Promise.resolve();
    },
    "publish: video": ({ body }) => {
      keep("job_id", body.job.id);
      return Promise.resolve();
    },
    "publish: draft_later": ({ body }) => {
      keep("cancelled_job_id", body.job.id);
      return Promise.resolve();
    },
  };

  for (const example of EXAMPLES) {
    await t.step(titleOf(example), async () => {
      const operation = operations.get(example.operation);
      assert.ok(operation, "there is no such operation");
      assertRequest(operation, example);
      if (example.answer !== undefined) {
        assertAsDocumented(operation.method.toUpperCase(), operation.slug, asAnswer(example));
      }
      await before[titleOf(example)]?.();
      const answer = await send(operation, replacePlaceholders(example, real), person);
      assert.equal(answer.status, example.status, JSON.stringify(answer.body));
      assertAsDocumented(operation.method.toUpperCase(), operation.slug, answer);
      if (typeof example.answer === "string") {
        assert.equal(headOf(answer.body), headOf(example.answer));
      } else if (example.answer !== undefined) assertAlike(answer.body, example.answer, "");
      await after[titleOf(example)]?.(answer);
    });
  }
});

Deno.test("every operation has an example that succeeds", () => {
  const told = EXAMPLES.filter(({ status }) => status < 400).map(({ operation }) => operation);
  assert.deepEqual([...new Set(told)].sort(), [...operations.keys()].sort());
});

/** A request that is no mistake is as the document says. */
function assertRequest({ slug, method, body, query }: Operation, example: Example): void {
  const named = (query ?? []).map(({ name }) => name);
  for (const name of Object.keys(example.query ?? {})) assert.ok(named.includes(name), name);
  if (body === undefined || example.status === 400) return;
  const request = ["paths", `/${slug}`, method, "requestBody", "content", "application/json"];
  const validate = atPointer([...request, "schema"]);
  assert.ok(validate(example.body), JSON.stringify(validate.errors));
}

function asAnswer({ status, answer }: Example): Answer {
  const type = status < 400 ? "application/json" : "application/problem+json";
  const content_type = typeof answer === "string" ? "text/csv" : type;
  return { status, headers: new Headers({ "content-type": content_type }), body: answer };
}

function replacePlaceholders(example: Example, real: Map<string, string>): Example {
  let text = JSON.stringify(example);
  for (const [placeholder, value] of real) text = text.replaceAll(placeholder, value);
  return JSON.parse(text);
}

async function send(
  { method, slug, caller }: Operation,
  { query, body, headers = {} }: Example,
  person: Person,
): Promise<Answer> {
  const { world } = person;
  const search = query === undefined ? "" : `?${new URLSearchParams(query)}`;
  const callers = { user: person, schedule: world.schedule, browser: world.anyone };
  if (caller !== "tiktok") {
    return await callers[caller].call(method.toUpperCase(), `${slug}${search}`, { body, headers });
  }
  // Only the host knows its app's key and secret.
  const client_key = Deno.env.get("TIKTOK_CLIENT_KEY");
  const secret = Deno.env.get("TIKTOK_CLIENT_SECRET") ?? "";
  const text = JSON.stringify({ ...body as object, client_key });
  const signature = await signWebhook(secret, Math.floor(Date.now() / 1000), text);
  return await world.anyone.post(slug, text, {
    headers: { "content-type": "application/json", "tiktok-signature": signature },
  });
}

/** That the example's answer looks like the real one: the same fields, of the same kinds. */
function assertAlike(actual: unknown, shown: unknown, path: string): void {
  assert.equal(kindOf(actual), kindOf(shown), `${path} of the example is another kind of thing`);
  if (Array.isArray(actual) && Array.isArray(shown)) {
    if (actual.length > 0 && shown.length > 0) assertAlike(actual[0], shown[0], `${path}[0]`);
    return;
  }
  if (!isObject(actual) || !isObject(shown)) return;
  assert.deepEqual(Object.keys(shown).sort(), Object.keys(actual).sort(), path);
  for (const [name, value] of Object.entries(shown)) {
    assertAlike(actual[name], value, `${path}.${name}`);
  }
}

/** A table's columns. */
function headOf(table: string): string {
  return table.split("\r\n")[0] ?? "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return kindOf(value) === "object";
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "list" : typeof value;
}
