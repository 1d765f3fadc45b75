/** The functions that users wait for, kept warm in a process of their own as the platform does. */
import callback from "../../supabase/functions/tiktok-callback/index.ts";
import initiate from "../../supabase/functions/tiktok-initiate/index.ts";
import publish from "../../supabase/functions/tiktok-publish/index.ts";
import { serveParent } from "../support/child.ts";

const FUNCTIONS = {
  "tiktok-callback": callback,
  "tiktok-initiate": initiate,
  "tiktok-publish": publish,
};

export type BenchRequest = {
  slug: keyof typeof FUNCTIONS;
  method: "GET" | "POST";
  query?: string;
  body?: unknown;
  token?: string;
};
export type Asked = { requests: BenchRequest[]; at_once: number };
/** `calls`: of all requests to the database. */
// deno-lint-ignore no-explicit-any -- each function has its own answer
export type Answered = { ms: number[]; statuses: number[]; bodies: any[]; calls: number };

const { default: apikey } = JSON.parse(Deno.env.get("SUPABASE_PUBLISHABLE_KEYS")!);
const url = Deno.env.get("SUPABASE_URL")!;

let calls = 0;
const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  const address = input instanceof Request ? input.url : String(input);
  if (address.includes("/rest/v1/rpc/")) calls++;
  return fetch(input, init);
};

async function ask({ slug, method, query = "", body, token }: BenchRequest): Promise<Response> {
  return await FUNCTIONS[slug].fetch(
    new Request(`${url}/functions/v1/${slug}${query}`, {
      method,
      headers: {
        apikey,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

await serveParent<Asked, Answered>(async ({ requests, at_once }) => {
  calls = 0;
  const answered: Answered = { ms: [], statuses: [], bodies: [], calls: 0 };
  const queue = [...requests.entries()];
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, request] = next;
      const started_at = performance.now();
      const response = await ask(request);
      const text = await response.text();
      answered.ms[index] = performance.now() - started_at;
      answered.statuses[index] = response.status;
      answered.bodies[index] = text.startsWith("{") ? JSON.parse(text) : null;
    }
  };
  await Promise.all(Array.from({ length: at_once }, work));
  return { ...answered, calls };
});
