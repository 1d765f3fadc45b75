/** Calls functions over HTTP with one set of credentials, and keeps what came back. */

import { assertAsDocumented } from "./contract.ts";
import type { World } from "./world.ts";

/** An answer read to its end; `body` is the JSON, or the text where it is none. */
export type Answer = {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into answers whose shape is what they test
  body: any;
};

export type CallInit = {
  headers?: Record<string, string>;
  /** Sent as JSON unless it is text or bytes, which go as they are. */
  body?: unknown;
};

export class Caller {
  constructor(readonly world: World, readonly headers: Record<string, string>) {}

  /** `path` is what follows `/functions/v1/`, or an absolute path. */
  async call(method: string, path: string, init: CallInit = {}): Promise<Answer> {
    const { body } = init;
    const raw = body === undefined || typeof body === "string" || body instanceof Uint8Array;
    const url = new URL(path.startsWith("/") ? path : `/functions/v1/${path}`, this.world.host.url);
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: {
        ...this.headers,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...init.headers,
      },
      body: (raw ? body : JSON.stringify(body)) as BodyInit | undefined,
    });
    const answer = {
      status: response.status,
      headers: response.headers,
      body: await read(response),
    };
    this.world.answers.push(answer);
    assertAsDocumented(method, path, answer);
    return answer;
  }

  get(path: string, init?: CallInit): Promise<Answer> {
    return this.call("GET", path, init);
  }

  post(path: string, body?: unknown, init?: CallInit): Promise<Answer> {
    return this.call("POST", path, { body, ...init });
  }

  delete(path: string): Promise<Answer> {
    return this.call("DELETE", path);
  }

  /** The same caller with other headers; an empty value takes one away. */
  with(headers: Record<string, string>): Caller {
    const merged = Object.entries({ ...this.headers, ...headers }).filter(([, value]) =>
      value !== ""
    );
    return new Caller(this.world, Object.fromEntries(merged));
  }
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
