import { OAuthFailure } from "../failures.ts";
import type { Settings } from "../options.ts";

/** The form of a token or revoke request, with its client checked; each member at most once. */
export async function readForm(request: Request, settings: Settings): Promise<Map<string, string>> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/x-www-form-urlencoded(;|$)/i.test(type)) {
    throw new OAuthFailure(
      "invalid_request",
      "Only `application/x-www-form-urlencoded` is accepted as Content-Type.",
    );
  }
  const pairs = [...new URLSearchParams(await request.text())];
  const form = new Map(pairs);
  if (form.size !== pairs.length) throw new OAuthFailure("invalid_request", "repeated parameter");
  const key = need(form, "client_key");
  const secret = need(form, "client_secret");
  if (key !== settings.app.client_key || secret !== settings.app.client_secret) {
    throw new OAuthFailure("invalid_client", "Client key or secret is incorrect.");
  }
  return form;
}

export function need(form: Map<string, string>, name: string): string {
  const value = form.get(name) ?? "";
  if (value === "") throw new OAuthFailure("invalid_request", `${name} is missing`);
  return value;
}
