/** What goes wrong, and whether TikTok acted before it did. */
export type FaultKind =
  | { kind: "refuse" }
  | { kind: "lose_reply" }
  | { kind: "status"; status: number; retry_after?: string }
  | { kind: "status_after"; status: number }
  | { kind: "garbage"; body?: string | ((answer: string) => string) }
  | { kind: "error"; code: string; status?: number; message?: string; retry_after?: string }
  | { kind: "wait"; until: Promise<unknown> }
  | { kind: "expire_token" }
  | { kind: "remove_authorization" }
  | { kind: "expire_upload" }
  | { kind: "cut_upload"; after_bytes: number };

/**
 * - `refuse`: the socket is destroyed before anything happens; `lose_reply`: after it happened.
 * - `status`, `status_after`: a bare 5xx before or after acting.
 *   `retry_after` is sent as the header of that name.
 * - `garbage`: acts, and answers 200 with a body that is no JSON, or with `body`, which may be made of
 *   what should have been answered.
 * - `error`: a code of the tables, in the endpoint's own error shape, without acting.
 * - `wait`: acts once the promise is settled.
 * - `expire_token`, `remove_authorization`: what the bearer token of the request suffers first.
 * - `expire_upload`: the upload URL of the PUT is past its hour.
 * - `cut_upload`: the socket is destroyed in the middle of a PUT.
 */
export type Fault = FaultKind & {
  /** Exact path, such as `/v2/oauth/token/` or `/video/`. */
  path: string;
  method?: string;
  /** Spares the first `nth - 1` requests that match from now on. Default 1. */
  nth?: number;
  /** How many requests it hits. Default 1; `Infinity` for all. */
  times?: number;
};

export class Faults {
  #armed: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#armed.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#armed = [];
  }

  /** The first fault that hits this request. Every matching one counts it. */
  take(method: string, path: string): Fault | null {
    let hit: Fault | null = null;
    for (const entry of this.#armed) {
      const { fault } = entry;
      if (fault.path !== path || (fault.method ?? method) !== method) continue;
      const position = entry.seen++ - ((fault.nth ?? 1) - 1);
      if (hit === null && position >= 0 && position < (fault.times ?? 1)) hit = fault;
    }
    return hit;
  }
}
