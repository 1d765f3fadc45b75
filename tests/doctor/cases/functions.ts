/** Functions that do not answer as they must. */

import { SCHEDULED_FUNCTIONS } from "../../../local/doctor/expected.ts";
import { at, type Cases, each, json } from "./broken.ts";

const publish = "/functions/v1/tiktok-publish";

export const functions: Cases = {
  "a function that is not deployed": {
    change: at(
      publish,
      json({ code: "NOT_FOUND", message: "Requested function was not found" }, 404),
    ),
    finds: { "tiktok-publish": ["fail", /supabase functions deploy tiktok-publish/] },
  },
  "a function with verify_jwt": {
    change: at(publish, json({ msg: "Error: Missing authorization header" }, 401)),
    finds: { "tiktok-publish": ["fail", /gateway asks for a JWT.*verify_jwt = false/] },
  },
  "a function that does not start": {
    change: at(publish, json({ code: "BOOT_ERROR", message: "Function failed to start" }, 503)),
    finds: { "tiktok-publish": ["fail", /answers 503 BOOT_ERROR.*Read its log/] },
  },
  "a function that does not answer": {
    change: at(publish, () => {
      throw new TypeError("connection refused");
    }),
    finds: { "tiktok-publish": ["fail", /connection refused/] },
  },
  "a function that asks for no credential": {
    change: {
      answer: ({ url, method }) =>
        url.endsWith(publish) && method === "GET" ? Response.json({ job: {} }) : undefined,
    },
    finds: { "tiktok-publish": ["fail", /GET without a credential is answered 200/] },
  },
  "a schedule's function that takes any secret key": {
    change: ({ env }) => ({
      answer: ({ url, headers }) =>
        url.endsWith("tiktok-refresh") && headers.get("apikey") === env.SUPABASE_SECRET_KEY
          ? Response.json({})
          : undefined,
    }),
    finds: { "tiktok-refresh": ["fail", /another key than the one named cron \(200\)/] },
  },
  "a schedule's function that is away while another key is tried": {
    change: ({ env }) => ({
      answer: ({ url, headers }) =>
        url.endsWith("tiktok-refresh") && headers.get("apikey") === env.SUPABASE_SECRET_KEY
          ? new Response("busy", { status: 503 })
          : undefined,
    }),
    finds: { "tiktok-refresh": ["fail", /whether it refuses another key cannot be told: 503/] },
  },
  "a function that repeats what it was sent as its code": {
    change: ({ env }) => ({
      answer: ({ url, headers }) => {
        const key = headers.get("apikey");
        return url.endsWith("tiktok-refresh") && key === env.SUPABASE_CRON_KEY
          ? Response.json({ code: key }, { status: 400 })
          : undefined;
      },
    }),
    finds: { "tiktok-refresh": ["fail", /^as the schedule: 400 Look for/] },
  },
  "a key that is not the one named cron": {
    change: { env: { SUPABASE_CRON_KEY: "sb_secret_default" } },
    finds: {
      ...each(SCHEDULED_FUNCTIONS, "fail", /refuses SUPABASE_CRON_KEY.*the name cron, exactly/),
      "Vault: cron_secret_key": ["fail", /another key/],
    },
  },
  "a tick that fails": {
    sql: [
      "alter function public.claim_due_tokens rename to gone",
      "alter function public.gone rename to claim_due_tokens",
    ],
    finds: { "tiktok-refresh": ["fail", /as the schedule: 500 internal.*private\.error_log/] },
  },
  "pages of Nexus that may not call": {
    change: { settings: { NEXUS_REDIRECT_URLS: "https://nexus.test:8443/x,https://nexus.test/y" } },
    finds: { CORS: ["fail", /8443 may not call.*send the settings again/] },
  },
  "strangers' pages that may call": {
    change: {
      answer: ({ method }) =>
        method === "OPTIONS"
          ? new Response(null, { headers: { "access-control-allow-origin": "*" } })
          : undefined,
    },
    finds: { CORS: ["fail", /any page may call/] },
  },
  "a clock that is ten minutes off": {
    change: { now_ms: () => Date.now() + 600_000 },
    finds: { clock: ["warn", /differs by (59[5-9]|60[0-5]) s/] },
  },
};
