/** Files that are not the poster's, or are no longer what was checked. */

import { equal, ok, same } from "../../functions/support/assert.ts";
import { readClip, videoDraft } from "../../functions/support/media.ts";
import { signUpAnonymously } from "../../functions/support/person.ts";
import type { Attack } from "../support/attack.ts";
import type { Resident, Stage } from "../support/stage.ts";

type MakePath = (mine: Resident, theirs: Resident) => string;

/** Well-formed paths that name nothing of the attacker's. */
const FOREIGN: [what: string, path: MakePath][] = [
  ["another user's object", (_, theirs) => theirs.path],
  ["another user's object in capitals", (_, theirs) => theirs.path.toUpperCase()],
  [
    "encoded dots from his folder to another's",
    ({ person }, theirs) => `${person.id}/%2e%2e/${theirs.path}`,
  ],
  ["doubly encoded dots", ({ person }, theirs) => `${person.id}/%252e%252e/${theirs.path}`],
  ["an encoded slash after the dots", ({ person }, theirs) => `${person.id}/..%2f${theirs.path}`],
  [
    "backslashes for slashes",
    ({ person }, theirs) => `${person.id}\\..\\${theirs.path.replace("/", "\\")}`,
  ],
  ["dots and a blank", ({ person }, theirs) => `${person.id}/.. /${theirs.path}`],
  ["dots with a tab in them", ({ person }, theirs) => `${person.id}/.\t./${theirs.path}`],
  ["wide dots", ({ person }, theirs) => `${person.id}/．．/${theirs.path}`],
  ["a query behind his own object", ({ path }) => `${path}?download=1`],
  ["a fragment behind his own object", ({ path }) => `${path}#x`],
  [
    "a query that hides another's object",
    ({ person }, theirs) => `${person.id}/x?y=/%2e%2e/%2e%2e/${theirs.path}`,
  ],
  ["the bucket before the path", ({ path }) => `videos/${path}`],
  ["a wildcard", ({ person }) => `${person.id}/*`],
  ["an object that is not there", ({ person }) => `${person.id}/nothing.mp4`],
];

/** Paths that are no paths of objects at all. */
const MALFORMED: [what: string, path: MakePath][] = [
  ["dots out of his folder", ({ person }, theirs) => `${person.id}/../${theirs.path}`],
  ["dots before the path", (_, theirs) => `../videos/${theirs.path}`],
  ["a dot in the path", (_, theirs) => `./${theirs.path}`],
  ["dots at the end", ({ person }) => `${person.id}/..`],
  ["an empty segment", (_, theirs) => theirs.path.replace("/", "//")],
  ["a slash before the path", (_, theirs) => `/${theirs.path}`],
  ["a slash behind the path", (_, theirs) => `${theirs.path}/`],
];

const asked = (path: MakePath): Attack["prepare"] => ({ attacker, victim }) => {
  const { person, connection_id } = attacker;
  const draft = videoDraft(connection_id, path(attacker, victim));
  return { strike: () => person.post("tiktok-publish", draft) };
};

const fromBucket = ({ connection_id }: Resident, bucket: string, path: string) => ({
  ...videoDraft(connection_id, path),
  media: { type: "video", source: { kind: "storage", bucket, path } },
});

/** A bucket of the operator's own, with an object that only the service may read. */
async function makeBucket(stage: Stage): Promise<string> {
  const bucket = `internal-${crypto.randomUUID()}`;
  const { url, keys } = stage.world.host;
  await stage.tamper("insert into storage.buckets (id, name, public) values ($1, $1, false)", [
    bucket,
  ]);
  const response = await fetch(`${url}/storage/v1/object/${bucket}/clip.mp4`, {
    method: "POST",
    headers: { apikey: keys.secret, "content-type": "video/mp4" },
    body: await readClip(),
  });
  equal(response.status, 200, await response.text());
  return bucket;
}

export const attacks: Attack[] = [
  ...FOREIGN.map(([what, path]): Attack => ({
    name: `a post of ${what}`,
    refused: [422, "media_rejected"],
    logged: true,
    prepare: asked(path),
  })),
  ...MALFORMED.map(([what, path]): Attack => ({
    name: `a post whose path has ${what}`,
    refused: [400, "invalid_request"],
    prepare: asked(path),
  })),
  {
    name: "a post of another user's object sounds like that of one that is not there",
    refused: [422, "media_rejected"],
    logged: true,
    prepare: ({ attacker, victim }) => ({
      async strike() {
        const { person, connection_id } = attacker;
        const paths = [victim.path, `${person.id}/nothing.mp4`, `${victim.person.id}/nothing.mp4`];
        const answers = [];
        for (const path of paths) {
          answers.push(await person.post("tiktok-publish", videoDraft(connection_id, path)));
        }
        const [first, ...others] = answers.map(({ body }) => ({ ...body, request_id: null }));
        for (const other of others) same(other, first);
        return answers;
      },
    }),
  },
  {
    name: "a post of an object in a bucket that only the service may read",
    refused: [422, "media_rejected"],
    logged: true,
    async prepare(stage) {
      const bucket = await makeBucket(stage);
      const draft = fromBucket(stage.attacker, bucket, "clip.mp4");
      return { strike: () => stage.attacker.person.post("tiktok-publish", draft) };
    },
  },
  ...["..", "videos/../internal", "videos?x=", ""].map((bucket): Attack => ({
    name: `a post from the bucket "${bucket}"`,
    refused: [400, "invalid_request"],
    prepare: ({ attacker }) => ({
      strike: () =>
        attacker.person.post("tiktok-publish", fromBucket(attacker, bucket, attacker.path)),
    }),
  })),
  {
    name: "an upload into another user's folder",
    // Storage's own answer to what one may not do; the body says 403.
    refused: [400],
    prepare: ({ attacker, victim, world }) => ({
      strike: async () => [
        await attacker.person.call("POST", `/storage/v1/object/videos/${victim.path}`, {
          headers: { "content-type": "video/mp4", "x-upsert": "true" },
          body: new Uint8Array(10),
        }),
        await attacker.person.call(
          "POST",
          `/storage/v1/object/videos/${victim.person.id}/planted.mp4`,
          { headers: { "content-type": "video/mp4" }, body: new Uint8Array(10) },
        ),
      ],
      async after() {
        const bytes = await fetch(
          `${world.host.url}/storage/v1/object/authenticated/videos/${victim.path}`,
          { headers: victim.person.headers },
        );
        equal((await bytes.arrayBuffer()).byteLength, (await readClip()).byteLength);
      },
    }),
  },
  {
    name: "an anonymous sign-in fills the bucket",
    refused: [400],
    async prepare({ world }) {
      const anonymous = await signUpAnonymously(world);
      return {
        strike: () =>
          anonymous.call("POST", `/storage/v1/object/videos/${anonymous.id}/a.mp4`, {
            headers: { "content-type": "video/mp4" },
            body: new Uint8Array(10),
          }),
      };
    },
  },
  {
    name: "a file is exchanged for another one after it was checked",
    refused: [422, "media_rejected"],
    logged: true,
    leaves: { rows: { "public.publish_jobs": 1 } },
    async prepare(stage) {
      const { person, id } = await stage.connected();
      const path = await person.upload("clip.mp4", await readClip());
      const scheduled_at = new Date(Date.now() + stage.world.ahead_seconds * 1000 + 60_000)
        .toISOString();
      const job = await person.publish(videoDraft(id, path, { scheduled_at }));
      const other = await readClip();
      other[other.length - 1] = (other.at(-1) ?? 0) ^ 1;
      await person.upload("clip.mp4", other);
      await stage.world.skip(61);
      return {
        async strike() {
          await stage.world.schedule.post("tiktok-status-poll");
          const { status, error } = await person.job(job.id);
          equal(status, "failed");
          ok(error);
          return { error };
        },
      };
    },
  },
];
