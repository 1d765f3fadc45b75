/** Addresses for the upload that are not TikTok's: no byte of a user's file goes there. */

import { equal, ok } from "../../functions/support/assert.ts";
import { videoDraft } from "../../functions/support/media.ts";
import type { Attack } from "../support/attack.ts";
import { openCanary } from "../support/canary.ts";
import { placeMiddleman } from "../support/middleman.ts";
import { readClip } from "../../functions/support/media.ts";

const INIT = "/v2/post/publish/inbox/video/init/";
const UPLOAD = "?upload_id=1&upload_token=made-up-token";

const ADDRESSES: [what: string, address: (port: number) => string][] = [
  ["of another host", (port) => `https://127.0.0.1:${port}/video/${UPLOAD}`],
  ["of another host over plain http", (port) => `http://127.0.0.1:${port}/video/${UPLOAD}`],
  ["of another port of TikTok's host", (port) => `http://localhost:${port}/video/${UPLOAD}`],
  ["below tiktokapis.com over plain http", () => `http://upload.tiktokapis.com/video/${UPLOAD}`],
  ["of a host that ends like TikTok's", () => `https://eviltiktokapis.com/video/${UPLOAD}`],
  [
    "of a host that begins like TikTok's",
    () => `https://open-upload.tiktokapis.com.evil.invalid/video/${UPLOAD}`,
  ],
  [
    "with TikTok's host as user info",
    (port) => `https://open-upload.tiktokapis.com@127.0.0.1:${port}/video/${UPLOAD}`,
  ],
  [
    "with a user before TikTok's host",
    () => `https://user@open-upload.tiktokapis.com/video/${UPLOAD}`,
  ],
  [
    "with a backslash before another host",
    (port) => `https://127.0.0.1:${port}\\.tiktokapis.com/video/${UPLOAD}`,
  ],
  ["that is a file", () => "file:///tmp/stolen.mp4"],
  ["that is none", () => "video"],
];

export const attacks: Attack[] = [
  ...ADDRESSES.map(([what, address]): Attack => ({
    name: `TikTok's answer names an upload address ${what}`,
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: {
      rows: { "public.publish_jobs": 1, "private.post_inits": 1 },
      asked: [`POST ${INIT}`],
    },
    async prepare(stage) {
      const { person, id } = await stage.connected();
      const path = await person.upload("clip.mp4", await readClip());
      const canary = openCanary();
      stage.defer(() => canary.close());
      const data = { publish_id: "v_inbox_file~v2-1.1", upload_url: address(canary.port) };
      const error = { code: "ok", message: "", log_id: "x" };
      stage.world.tiktok.faults.add({
        path: INIT,
        kind: "garbage",
        body: JSON.stringify({ data, error }),
      });
      return {
        async strike() {
          const job = await person.publish(videoDraft(id, path));
          const { status, error } = await person.settle(job.id);
          equal(status, "failed");
          ok(error);
          return { error };
        },
        after: () => canary.isUntouched(),
      };
    },
  })),
  {
    name: "TikTok's upload server sends us on to another host",
    refused: [502, "tiktok_rejected"],
    logged: true,
    leaves: {
      rows: { "public.publish_jobs": 1, "private.post_inits": 1 },
      asked: [`POST ${INIT}`],
    },
    async prepare(stage) {
      const { person, id } = await stage.connected();
      const path = await person.upload("clip.mp4", await readClip());
      const canary = openCanary();
      stage.defer(() => canary.close());
      const middleman = placeMiddleman(stage);
      middleman.intercept = async (request) => {
        if (request.method !== "PUT") return null;
        await request.body?.cancel();
        const headers = { location: `${canary.origin}/video/` };
        return new Response(null, { status: 307, headers });
      };
      return {
        async strike() {
          const job = await person.publish(videoDraft(id, path));
          const { status, error } = await person.settle(job.id);
          equal(status, "failed");
          ok(error);
          return { error };
        },
        after: () => canary.isUntouched(),
      };
    },
  },
];
