/** Loads a function in a fresh process, has it answer once, and says when it had. */

export type Started = { loaded_ms: number; answered_ms: number; status: number };

const [module = "", method = "POST"] = Deno.args;

const before_ms = performance.now();
const { default: edge } = await import(module) as {
  default: { fetch(request: Request): Promise<Response> };
};
const loaded_ms = performance.now() - before_ms;
// From nobody: the gate is asked, and nothing behind it.
const response = await edge.fetch(
  new Request("https://project.supabase.co/functions/v1/bench", {
    method,
    ...(method === "POST" ? { body: "{}", headers: { "content-type": "application/json" } } : {}),
  }),
);
await response.text();
const answered_ms = performance.now() - before_ms;
const started: Started = { loaded_ms, answered_ms, status: response.status };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(started)));
Deno.exit(0);
