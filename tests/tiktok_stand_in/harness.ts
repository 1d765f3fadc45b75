import { request as httpRequest } from "node:http";
import { createTikTok, SCOPES, type TikTok, type TikTokOptions } from "../../local/tiktok/index.ts";

export const APP = {
  client_key: "ck_test",
  client_secret: "secret_test",
  redirect_uris: ["https://nexus.example.com/callback"],
};
export const ADA = "ada.films";
export const BEN = "ben_at_home";
export const CLEO = "cleo.on.hold";
const START_MS = Date.UTC(2026, 10, 22, 12);

type Json = Record<string, unknown>;

export interface Tokens {
  open_id: string;
  scope: string;
  access_token: string;
  refresh_token: string;
  expires_in: number;
  refresh_expires_in: number;
}

/** A running stand-in with a clock of its own, and a client that has no opinions. */
export class Bench implements AsyncDisposable {
  now_ms = START_MS;
  readonly tiktok: TikTok;
  origin = "";
  #close = () => Promise.resolve();

  constructor(options: Partial<TikTokOptions> = {}) {
    this.tiktok = createTikTok({ app: APP, now: () => this.now_ms, ...options });
  }

  async listen(): Promise<this> {
    const { origin, close } = await this.tiktok.listen();
    this.origin = origin;
    this.#close = close;
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.tiktok.dispose();
  }

  authorizeUrl(change: Record<string, string | null> = {}): URL {
    const params = {
      client_key: APP.client_key,
      response_type: "code",
      scope: SCOPES.join(","),
      redirect_uri: APP.redirect_uris[0]!,
      state: "st&te=1",
      ...change,
    };
    const url = new URL("/v2/auth/authorize/", this.origin);
    for (const [name, value] of Object.entries(params)) {
      if (value !== null) url.searchParams.set(name, value);
    }
    return url;
  }

  async form(path: string, members: Record<string, string>, headers: HeadersInit = {}) {
    const body = new URLSearchParams({
      client_key: APP.client_key,
      client_secret: APP.client_secret,
      ...members,
    });
    for (const [name, value] of Object.entries(members)) if (value === "-") body.delete(name);
    const response = await fetch(this.origin + path, { method: "POST", body, headers });
    return { status: response.status, body: await response.json() as Json };
  }

  async code(account = ADA, scopes?: string[]): Promise<string> {
    const back = await this.tiktok.consent({ authorize_url: this.authorizeUrl(), account, scopes });
    return back.searchParams.get("code")!;
  }

  exchange(code: string, change: Record<string, string> = {}) {
    return this.form("/v2/oauth/token/", {
      grant_type: "authorization_code",
      code,
      redirect_uri: APP.redirect_uris[0]!,
      ...change,
    });
  }

  refresh(refresh_token: string) {
    return this.form("/v2/oauth/token/", { grant_type: "refresh_token", refresh_token });
  }

  async connect(account = ADA, scopes?: string[]): Promise<Tokens> {
    const { body } = await this.exchange(await this.code(account, scopes));
    return body as unknown as Tokens;
  }

  /** A JSON call; the code of the envelope stands beside status and text. */
  async call(
    path: string,
    access_token: string,
    body: unknown = undefined,
    init: { method?: string; headers?: Record<string, string> } = {},
  ) {
    const headers: Record<string, string> = { authorization: `Bearer ${access_token}` };
    if (body !== undefined) headers["content-type"] = "application/json; charset=UTF-8";
    const response = await fetch(this.origin + path, {
      method: init.method ?? "POST",
      headers: { ...headers, ...init.headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    const { data, error } = JSON.parse(text) as { data: Json; error: Json };
    return { status: response.status, code: error.code as string, error, data, text };
  }

  status(access_token: string, publish_id: unknown) {
    return this.call("/v2/post/publish/status/fetch/", access_token, { publish_id });
  }

  async init(access_token: string, source_info: Json, post_info: Json = {}) {
    const { data, code } = await this.call("/v2/post/publish/video/init/", access_token, {
      post_info: { ...POST_INFO, ...post_info },
      source_info,
    });
    if (code !== "ok") throw new Error(`init said ${code}`);
    return data as { publish_id: string; upload_url: string };
  }

  /** A direct post of one chunk, uploaded. */
  async post(access_token: string, bytes: Uint8Array, post_info: Json = {}) {
    const made = await this.init(access_token, whole(bytes.length), post_info);
    await put(made.upload_url, bytes, 0, bytes.length);
    return made;
  }
}

export async function startBench(options: Partial<TikTokOptions> = {}): Promise<Bench> {
  return await new Bench(options).listen();
}

export const POST_INFO = {
  privacy_level: "PUBLIC_TO_EVERYONE",
  title: "Hello",
  brand_content_toggle: false,
  brand_organic_toggle: false,
};

export function whole(video_size: number) {
  return { source: "FILE_UPLOAD", video_size, chunk_size: video_size, total_chunk_count: 1 };
}

export function randomBytes(size_bytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size_bytes);
  for (let at = 0; at < size_bytes; at += 65536) {
    crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size_bytes)));
  }
  return bytes;
}

export interface PutAnswer {
  status: number;
  content_range: string | null;
}

/** Sends headers as given: fetch would set its own. A header of value "-" is left out. */
export function put(
  upload_url: string,
  bytes: Uint8Array,
  first: number,
  total: number,
  change: Record<string, string> = {},
): Promise<PutAnswer> {
  const headers: Record<string, string> = {
    "content-type": "video/mp4",
    "content-length": String(bytes.length),
    "content-range": `bytes ${first}-${first + bytes.length - 1}/${total}`,
    ...change,
  };
  for (const [name, value] of Object.entries(headers)) if (value === "-") delete headers[name];
  return new Promise((resolve, reject) => {
    const request = httpRequest(upload_url, { method: "PUT", headers, agent: false }, (answer) => {
      answer.resume().once("end", () =>
        resolve({
          status: answer.statusCode ?? 0,
          content_range: answer.headers["content-range"] ?? null,
        }));
    });
    request.once("error", reject);
    request.end(bytes);
  });
}

/** One test a row, so that a failure reads as a sentence. */
export function table<Row>(
  title: string,
  rows: Record<string, Row>,
  test: (row: Row) => void | Promise<void>,
): void {
  for (const [name, row] of Object.entries(rows)) {
    Deno.test(`${title}: ${name}`, () => test(row));
  }
}
