/**
 * TikTok's token endpoint and nothing else, since the repository's own stand-in does too much for each
 * request to be a measure: answers after a fixed time with tokens of the account that the refresh token
 * names.
 */
import { serveParent } from "../support/child.ts";

export type StandInReply = { origin: string; answered: number; most_at_once: number };

const latency_ms = Number(Deno.env.get("LATENCY_MS"));
let answered = 0;
let at_once = 0;
let most_at_once = 0;

const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
  const until = new Promise((resolve) => setTimeout(resolve, latency_ms));
  most_at_once = Math.max(most_at_once, ++at_once);
  const refresh_token = new URLSearchParams(await request.text()).get("refresh_token") ?? "";
  const open_id = refresh_token.split("!")[1];
  await until;
  at_once -= 1;
  answered += 1;
  return Response.json({
    open_id,
    scope: "user.info.basic,video.publish",
    access_token: `act.${crypto.randomUUID()}!${open_id}`,
    expires_in: 7_200,
    refresh_token: `rft.${crypto.randomUUID()}!${open_id}`,
    refresh_expires_in: 15_552_000,
    token_type: "Bearer",
  });
});

/** Tells what was counted since the last time. */
await serveParent<unknown, StandInReply>(() => {
  const reply = { origin: `http://127.0.0.1:${server.addr.port}`, answered, most_at_once };
  answered = most_at_once = 0;
  return Promise.resolve(reply);
});
