/** Moved ciphertexts that are come across later: by the schedule, by a revocation, by an upload. */

import { equal, ok } from "../../functions/support/assert.ts";
import { readClip, videoDraft } from "../../functions/support/media.ts";
import type { Attack, Strike } from "../support/attack.ts";
import { forgedConnection, newKey, tokenOf } from "../support/sealing.ts";
import type { Stage } from "../support/stage.ts";

const UPLOAD = "/video/";

/** A connection's access token as it stands in its row. */
async function sealedToken(stage: Stage, id: string): Promise<unknown> {
  const [row] = await stage.tamper(
    "select access_token_sealed, sealing_key_id from public.platform_connections where id = $1",
    [id],
  );
  return row;
}

export const attacks: Attack[] = [
  {
    name: "the schedule finds the victim's refresh token in the attacker's row: it is not sent",
    refused: [200],
    // The lease, which runs out by itself.
    leaves: { rows: { "public.platform_connections": 1 } },
    async prepare(stage) {
      const { id } = await forgedConnection(
        stage,
        `refresh_token_sealed = ${tokenOf("refresh_token_sealed")}`,
        [stage.victim.connection_id],
      );
      await stage.makeDue(id);
      return {
        async strike() {
          const answer = await stage.world.schedule.post("tiktok-refresh");
          equal(answer.body.retried_later, 1, JSON.stringify(answer.body));
          return answer;
        },
      };
    },
  },
  {
    name: "the rotation of keys does not seal a pasted token anew for the attacker's row",
    refused: [200],
    async prepare(stage) {
      const { person, id } = await forgedConnection(
        stage,
        `access_token_sealed = ${tokenOf("access_token_sealed")},
         refresh_token_sealed = ${tokenOf("refresh_token_sealed")}`,
        [stage.victim.connection_id],
      );
      const { keys } = JSON.parse(Deno.env.get("TOKEN_ENCRYPTION_KEYS") ?? "");
      const ring = { current: "next", keys: { ...keys, next: newKey() } };
      // For good: whatever is sealed under the new key stays readable for the lines to come.
      Deno.env.set("TOKEN_ENCRYPTION_KEYS", JSON.stringify(ring));
      await stage.world.schedule.post("tiktok-refresh", { limit: 100 });
      const before = await sealedToken(stage, id);
      ok(JSON.stringify(await sealedToken(stage, stage.victim.connection_id)).includes("next"));
      return {
        strike: () => stage.world.schedule.post("tiktok-refresh"),
        async after() {
          equal(JSON.stringify(await sealedToken(stage, id)), JSON.stringify(before));
          equal((await stage.use(person, id)).body.code, "internal");
        },
      };
    },
  },
  {
    name: "the victim's tokens, pasted into the attacker's row, are not revoked with it",
    refused: [200],
    leaves: { rows: { "public.platform_connections": 1, "private.token_revocations": 1 } },
    logged: ["internal"],
    async prepare(stage) {
      const { person, id } = await forgedConnection(
        stage,
        `access_token_sealed = ${tokenOf("access_token_sealed")},
         refresh_token_sealed = ${tokenOf("refresh_token_sealed")}`,
        [stage.victim.connection_id],
      );
      return {
        strike: () => person.post("tiktok-disconnect", { connection_id: id }),
        async after() {
          const { person, connection_id } = stage.victim;
          equal((await stage.use(person, connection_id)).status, 200);
          // It will never open, and the schedule would try on.
          await stage.tamper("delete from private.token_revocations where connection_id = $1", [
            id,
          ]);
        },
      };
    },
  },
  {
    name: "the code verifier of another flow is pasted into the attacker's state",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: { "private.oauth_states": 1 } },
    async prepare(stage) {
      stage.setEnv("TIKTOK_PKCE", "hex");
      const [victim, attacker] = [await stage.returned(), await stage.returned()];
      await stage.tamper(
        `update private.oauth_states set code_verifier_sealed = (
           select code_verifier_sealed from private.oauth_states
            where user_id = $2 order by created_at desc limit 1)
         where user_id = $1`,
        [attacker.person.id, victim.person.id],
      );
      const stolen = new URLSearchParams(attacker.query);
      stolen.set("code", victim.query.get("code") ?? "");
      return { strike: () => attacker.person.complete(stolen) };
    },
  },
  {
    name: "the upload address of another job is pasted into the attacker's: no byte goes there",
    refused: [500, "internal"],
    logged: true,
    leaves: { rows: { "public.publish_jobs": 1 } },
    async prepare(stage) {
      const [victim, attacker] = [await uploading(stage), await uploading(stage)];
      await stage.tamper(
        `update public.publish_jobs set upload_url_sealed = (
           select upload_url_sealed from public.publish_jobs where id = $2) where id = $1`,
        [attacker.job_id, victim.job_id],
      );
      // The victim's own waits, so that it is the attacker's alone that is due.
      await stage.tamper(
        "update public.publish_jobs set next_attempt_at = private.now() + interval '1 day' where id = $1",
        [victim.job_id],
      );
      await stage.tamper(
        `update public.publish_jobs
            set next_attempt_at = private.now(), lease_owner = null, lease_expires_at = null where id = $1`,
        [attacker.job_id],
      );
      const strike: Strike["strike"] = async () => {
        const { body } = await stage.world.schedule.post("tiktok-status-poll");
        equal(body.claimed, 1, JSON.stringify(body));
        const { status, error } = await attacker.person.job(attacker.job_id);
        equal(status, "uploading");
        ok(error);
        return { error };
      };
      return {
        strike,
        async after() {
          await attacker.person.delete(`tiktok-publish?job_id=${attacker.job_id}`);
          await victim.person.delete(`tiktok-publish?job_id=${victim.job_id}`);
        },
      };
    },
  },
];

/** A job whose upload has begun and was turned away for now. */
async function uploading(stage: Stage) {
  const { person, id } = await stage.connected();
  const path = await person.upload("clip.mp4", await readClip());
  stage.world.tiktok.faults.add({ path: UPLOAD, kind: "status", status: 503, times: Infinity });
  const job = await person.publish(videoDraft(id, path));
  await stage.world.host.idle();
  equal((await person.job(job.id)).status, "uploading");
  stage.world.tiktok.faults.clear();
  return { person, job_id: job.id };
}
