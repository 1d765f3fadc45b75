/** Where the browser may be sent: one of Nexus's own pages, whatever is asked for. */

import { equal, same } from "../../functions/support/assert.ts";
import type { HostOptions } from "../../../local/host/index.ts";
import type { Attack, Strike } from "../support/attack.ts";
import type { Stage } from "../support/stage.ts";

export const PAGE = "https://app.nexus.example/connected";
export const options: HostOptions = { env: { NEXUS_REDIRECT_URLS: PAGE } };

const FOREIGN: [string, string][] = [
  ["another origin", "https://evil.example/connected"],
  ["our origin as its subdomain", "https://app.nexus.example.evil.example/connected"],
  ["a subdomain of ours", "https://x.app.nexus.example/connected"],
  ["our parent domain", "https://nexus.example/connected"],
  ["our origin as user info", "https://app.nexus.example@evil.example/connected"],
  ["our origin as user and password", "https://app.nexus.example:x@evil.example/connected"],
  ["user info before our origin", "https://user@app.nexus.example/connected"],
  ["an empty password before our origin", "https://:x@app.nexus.example/connected"],
  ["another port", "https://app.nexus.example:8443/connected"],
  ["more behind the path", "https://app.nexus.example/connected.evil"],
  ["a folder behind the path", "https://app.nexus.example/connected/evil"],
  ["a slash behind the path", "https://app.nexus.example/connected/"],
  ["the path in capitals", "https://app.nexus.example/Connected"],
  ["another path", "https://app.nexus.example/"],
  ["dots out of the path", "https://app.nexus.example/connected/../evil"],
  ["encoded dots out of the path", "https://app.nexus.example/connected/%2e%2e/evil"],
  ["a semicolon behind the path", "https://app.nexus.example/connected;x"],
  ["a query", "https://app.nexus.example/connected?next=https://evil.example"],
  ["an empty query", "https://app.nexus.example/connected?"],
  ["a fragment", "https://app.nexus.example/connected#/evil"],
  ["an empty fragment", "https://app.nexus.example/connected#"],
  ["a backslash before user info", "https://app.nexus.example\\@evil.example/connected"],
  ["backslashes for slashes", "https:\\\\evil.example\\connected"],
  ["a host with a Cyrillic letter", "https://аpp.nexus.example/connected"],
  ["a host that ends with a dot", "https://app.nexus.example./connected"],
  ["plain http", "http://app.nexus.example/connected"],
  ["a script", "javascript:alert(1)//app.nexus.example/connected"],
  ["a document of its own", "data:text/html,https://app.nexus.example/connected"],
  ["a blob of our origin", "blob:https://app.nexus.example/connected"],
  ["no scheme", "//app.nexus.example/connected"],
  ["a path alone", "/connected"],
  ["nothing", ""],
  ["a NUL before it", "\u0000https://app.nexus.example/connected"],
];

/** A browser that comes back with this; where it is sent, if anywhere. */
function visit(stage: Stage, query: Record<string, string> | string): Strike["strike"] {
  return () => stage.world.anyone.get(`tiktok-callback?${new URLSearchParams(query)}`);
}

export const attacks: Attack[] = [
  ...FOREIGN.map(([what, redirect_to]): Attack => ({
    name: `redirect_to is ${what}`,
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      strike: () => attacker.person.post("tiktok-initiate", { redirect_to }),
    }),
  })),
  {
    name: "the way back carries more than TikTok sends: only TikTok's parameters go on",
    refused: [303],
    async prepare(stage) {
      const { query } = await stage.returned();
      const sent = {
        ...Object.fromEntries(query),
        redirect_to: "https://evil.example/",
        next: "//evil.example",
        access_token: "t",
        "": "x",
        "constructor": "y",
      };
      return {
        strike: visit(stage, sent),
        after([answer]) {
          if (answer === undefined || "error" in answer) throw new Error("no answer");
          const target = new URL(answer.headers.get("location") ?? "");
          equal(`${target.origin}${target.pathname}`, PAGE);
          same(Object.fromEntries(target.searchParams), Object.fromEntries(query));
          equal(answer.headers.get("referrer-policy"), "no-referrer");
        },
      };
    },
  },
  {
    name: "line breaks in what is passed on add no header and no second address",
    refused: [303],
    async prepare(stage) {
      const { query } = await stage.returned();
      const code = "c\r\nLocation: https://evil.example/\r\n\r\n<script>";
      return {
        strike: visit(stage, { state: query.get("state")!, code }),
        after([answer]) {
          if (answer === undefined || "error" in answer) throw new Error("no answer");
          const target = new URL(answer.headers.get("location") ?? "");
          equal(`${target.origin}${target.pathname}`, PAGE);
          equal(target.searchParams.get("code"), code);
        },
      };
    },
  },
  {
    name: "a browser comes back with a made-up state",
    refused: [400, "state_invalid"],
    prepare: (stage) => ({ strike: visit(stage, { state: "A".repeat(43), code: "c" }) }),
  },
  {
    name: "a browser comes back with a used state",
    refused: [400, "state_invalid"],
    async prepare(stage) {
      const { person, query } = await stage.returned();
      equal((await person.complete(query)).status, 200);
      return { strike: visit(stage, String(query)) };
    },
  },
  {
    name: "a browser comes back ten minutes and a second after it left",
    refused: [400, "state_invalid"],
    async prepare(stage) {
      const { query } = await stage.returned();
      await stage.world.skip(601);
      return { strike: visit(stage, String(query)) };
    },
  },
  {
    name: "a browser comes back with a dry run's state",
    refused: [400, "state_invalid"],
    async prepare(stage) {
      const { body } = await stage.attacker.person.post("tiktok-initiate", { dry_run: true });
      return { strike: visit(stage, { state: body.state, code: "c" }) };
    },
  },
  {
    name: "a browser comes back with no state",
    refused: [400, "state_invalid"],
    prepare: (stage) => ({ strike: visit(stage, { code: "c", redirect_to: PAGE }) }),
  },
  {
    name: "a browser comes back with a made-up state before a live one",
    refused: [400, "state_invalid"],
    async prepare(stage) {
      const { query } = await stage.returned();
      return { strike: visit(stage, `state=${"A".repeat(43)}&${query}`) };
    },
  },
];
