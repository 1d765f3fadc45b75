/**
 * ClipShare, a platform that does not exist, as unlike TikTok as can be: JSON in and out, errors by
 * HTTP status and `problem`, days instead of seconds, a refresh token that neither rotates nor expires,
 * one revocation for the whole grant.
 */

export type ClipShareAccount = { handle: string; name: string; clips: number };

type Grant = { handle: string; may: string[]; refresh: string; revoked: boolean };
type Access = { grant: Grant; expires_at_ms: number };

export const ACCESS_DAYS = 90;
export const APP_SECRET = "clipshare-app-secret";

const DAY_MS = 86_400_000;

export class ClipShareApi {
  /** What was asked, as `POST /oauth`. */
  readonly requests: string[] = [];
  /** Answers these to the next requests instead. */
  readonly faults: Response[] = [];
  readonly #accounts = new Map<string, ClipShareAccount>();
  readonly #codes = new Map<string, Grant>();
  readonly #grants: Grant[] = [];
  readonly #access = new Map<string, Access>();

  constructor(readonly now_ms: () => number) {}

  addAccount(account: ClipShareAccount): void {
    this.#accounts.set(account.handle, account);
  }

  /** What its consent page does: the user lets the app in, and is sent back with a code. */
  consent(authorization_url: string, handle: string, may?: string[]): URL {
    const asked = new URL(authorization_url).searchParams;
    const back = new URL(asked.get("return_to")!);
    const code = crypto.randomUUID();
    const scopes = may ?? asked.get("may")!.split(" ");
    this.#codes.set(code, { handle, may: scopes, refresh: secret(), revoked: false });
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.get("state")!);
    return back;
  }

  /** The user takes the grant back on ClipShare's own pages. */
  forget(handle: string): void {
    for (const grant of this.#grants) if (grant.handle === handle) grant.revoked = true;
  }

  liveGrants(handle: string): number {
    return this.#grants.filter((grant) => grant.handle === handle && !grant.revoked).length;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    const fault = this.faults.shift();
    if (fault !== undefined) return fault;
    if (pathname === "/oauth") return this.#oauth(await request.json());
    const access = this.#access.get(request.headers.get("x-clipshare-token") ?? "");
    if (access === undefined || access.grant.revoked || access.expires_at_ms <= this.now_ms()) {
      return Response.json({ problem: "who-are-you" }, { status: 419 });
    }
    if (pathname === "/me") return Response.json(this.#accounts.get(access.grant.handle));
    if (pathname === "/forget-me") {
      access.grant.revoked = true;
      return new Response(null, { status: 204 });
    }
    return Response.json({ problem: "no-such-thing" }, { status: 404 });
  }

  #oauth(body: Record<string, string>): Response {
    if (body.app !== "nexus" || body.app_secret !== APP_SECRET) {
      return Response.json({ problem: "unknown-app" }, { status: 401 });
    }
    const grant = body.code === undefined
      ? this.#grants.find(({ refresh }) => refresh === body.refresh)
      : this.#codes.get(body.code);
    if (grant === undefined || grant.revoked) {
      return Response.json({ problem: "grant-gone" }, { status: 410 });
    }
    if (body.code !== undefined) {
      this.#codes.delete(body.code);
      this.#grants.push(grant);
    }
    const token = secret();
    this.#access.set(token, { grant, expires_at_ms: this.now_ms() + ACCESS_DAYS * DAY_MS });
    return Response.json({
      token,
      days: ACCESS_DAYS,
      who: grant.handle,
      ...(body.code === undefined ? {} : { refresh: grant.refresh, may: grant.may }),
    });
  }
}

/** Known by its beginning where it must not be seen. */
const secret = () => `clip-${crypto.randomUUID()}`;
