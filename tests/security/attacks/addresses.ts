/** Addresses that we are asked to fetch, and that only we could reach (server-side request forgery). */

import { ok, same } from "../../functions/support/assert.ts";
import { pullPost } from "../../functions/support/media.ts";
import type { Attack } from "../support/attack.ts";
import { openCanary } from "../support/canary.ts";
import type { Resident, Stage } from "../support/stage.ts";

/** A draft of a video that we are to fetch and upload. */
const relayed = ({ connection_id }: Resident, url: string, change: object = {}) => ({
  connection_id,
  mode: "draft",
  media: { type: "video", source: { kind: "url", url, transfer: "relay" } },
  ...change,
});

/** What is known to lead nowhere public; of a name that no system need resolve, that is told instead. */
const NOT_PUBLIC = "Only public https addresses are fetched.";
const NOT_FOUND = "There is no such file, or it cannot be read.";

const HIDDEN: [what: string, host: string, says?: string][] = [
  ["loopback", "127.0.0.1"],
  ["loopback, another of its addresses", "127.9.9.9"],
  ["loopback as a decimal number", "2130706433"],
  ["loopback in hexadecimal", "0x7f000001"],
  ["loopback in octal", "0177.0.0.1"],
  ["loopback, abbreviated", "127.1"],
  ["loopback as wide digits", "１２７.０.０.１"],
  ["loopback with a dot behind it", "127.0.0.1."],
  ["loopback by its name", "localhost"],
  ["loopback by its name and a dot", "localhost.", NOT_FOUND],
  ["loopback by a name below localhost", "app.localhost", NOT_FOUND],
  ["loopback of IPv6", "[::1]"],
  ["loopback of IPv6, written out", "[0:0:0:0:0:0:0:1]"],
  ["loopback mapped into IPv6", "[::ffff:127.0.0.1]"],
  ["loopback mapped into IPv6, in hexadecimal", "[::ffff:7f00:1]"],
  ["loopback in the old compatible form", "[::127.0.0.1]"],
  ["loopback through NAT64", "[64:ff9b::7f00:1]"],
  ["loopback through 6to4", "[2002:7f00:1::1]"],
  ["no address", "0.0.0.0"],
  ["no address, abbreviated", "0"],
  ["no address of IPv6", "[::]"],
  ["this machine's own name", Deno.hostname(), NOT_FOUND],
];

const ELSEWHERE: [what: string, url: string, says?: string][] = [
  ["a cloud's metadata service", "https://169.254.169.254/latest/meta-data/"],
  ["a cloud's metadata service as a number", "https://2852039166/latest/meta-data/"],
  ["a cloud's metadata service of IPv6", "https://[fd00:ec2::254]/latest/meta-data/"],
  [
    "a cloud's metadata service by name",
    "https://metadata.google.internal/computeMetadata/v1/",
    NOT_FOUND,
  ],
  ["a private network (10/8)", "https://10.0.0.1/"],
  ["a private network (172.16/12)", "https://172.16.0.1/"],
  ["a private network (192.168/16)", "https://192.168.0.1/"],
  ["a carrier's network (100.64/10)", "https://100.64.0.1/"],
  ["a unique local address of IPv6", "https://[fc00::1]/"],
  ["a link-local address of IPv6", "https://[fe80::1]/"],
  ["a multicast address", "https://224.0.0.1/"],
  ["everybody on the network", "https://255.255.255.255/"],
];

const REDIRECTS: [what: string, location: (port: number) => string, says?: string][] = [
  ["loopback", (port) => `https://127.0.0.1:${port}/`],
  ["loopback over plain http", (port) => `http://127.0.0.1:${port}/`],
  ["loopback by name", (port) => `https://localhost:${port}/`],
  ["loopback as a number", (port) => `//2130706433:${port}/`],
  ["loopback of IPv6", (port) => `https://[::1]:${port}/`],
  ["a metadata service", () => "http://169.254.169.254/latest/meta-data/"],
  ["a file", () => "file:///etc/passwd"],
  ["no address at all", () => "https://", NOT_FOUND],
];

const WRONG_SCHEMES = [
  "file:///etc/passwd",
  "ftp://cdn.nexus.invalid/a.mp4",
  "data:video/mp4;base64,AAAA",
  "gopher://127.0.0.1:6379/_FLUSHALL",
  "https://user:password@cdn.nexus.invalid/a.mp4",
  "cdn.nexus.invalid/a.mp4",
];

/** A server that we may fetch from, which sends us on. */
function openRedirector(stage: Stage, location: string): string {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status: 302, headers: { location } }),
  );
  stage.defer(() => server.shutdown());
  const host = `127.0.0.1:${server.addr.port}`;
  stage.setEnv("MEDIA_ALLOWED_HOSTS", host);
  return `http://${host}/a.mp4`;
}

/**
 * Whether it is said why, a dry run says the same, and nobody was called either way. Where a name may
 * not resolve at all, either reason will do.
 */
function relay(
  makeUrl: (stage: Stage, port: number) => string,
  says = NOT_PUBLIC,
): Attack["prepare"] {
  return (stage) => {
    const { attacker } = stage;
    const canary = openCanary();
    stage.defer(() => canary.close());
    const url = makeUrl(stage, canary.port);
    return {
      async strike() {
        const answer = await attacker.person.post("tiktok-publish", relayed(attacker, url));
        const { detail } = answer.body;
        ok(detail === says || (detail === NOT_PUBLIC && says === NOT_FOUND), detail);
        return answer;
      },
      async after() {
        const dry = relayed(attacker, url, { dry_run: true });
        const { status, body } = await attacker.person.post("tiktok-publish", dry);
        const failed = body.checks.filter((check: { ok: boolean }) => !check.ok)
          .map(({ path }: { path: string }) => path);
        same([status, failed], [200, ["media.source.url"]]);
        canary.isUntouched();
      },
    };
  };
}

export const attacks: Attack[] = [
  ...HIDDEN.map(([what, host, says]): Attack => ({
    name: `we are to fetch from ${what}`,
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay((_, port) => `https://${host}:${port}/a.mp4`, says),
  })),
  ...ELSEWHERE.map(([what, url, says]): Attack => ({
    name: `we are to fetch from ${what}`,
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay(() => url, says),
  })),
  {
    name: "we are to fetch over plain http",
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay((_, port) => `http://127.0.0.1:${port}/a.mp4`),
  },
  {
    name: "we are to fetch from another port of a host that is allowed",
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay((stage, port) => {
      stage.setEnv("MEDIA_ALLOWED_HOSTS", "127.0.0.1:1");
      return `https://127.0.0.1:${port}/a.mp4`;
    }),
  },
  ...REDIRECTS.map(([what, location, says]): Attack => ({
    name: `a server that we may fetch from sends us on to ${what}`,
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay((stage, port) => openRedirector(stage, location(port)), says),
  })),
  {
    name: "a server that we may fetch from sends us on to itself for ever",
    refused: [422, "media_rejected"],
    logged: true,
    prepare: relay((stage) => openRedirector(stage, "/again.mp4"), NOT_FOUND),
  },
  ...WRONG_SCHEMES.map((url): Attack => ({
    name: `we are to fetch ${url}`,
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      strike: () => attacker.person.post("tiktok-publish", relayed(attacker, url)),
    }),
  })),
  {
    name: "TikTok is to fetch over plain http",
    refused: [422, "media_rejected"],
    logged: true,
    prepare: ({ attacker: { person, connection_id } }) => ({
      strike: () =>
        person.post(
          "tiktok-publish",
          pullPost(connection_id, "http://cdn.nexus.invalid/a.mp4", {
            mode: "draft",
            post: undefined,
          }),
        ),
    }),
  },
];
