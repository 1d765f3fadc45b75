/** Every function, with requests that would do something if they got through. */

import { existsSync } from "node:fs";
import type { Answer, Caller } from "../../functions/support/caller.ts";
import { videoDraft } from "../../functions/support/media.ts";
import type { Resident } from "./stage.ts";

export type Loaded = {
  slug: string;
  method: "GET" | "POST" | "DELETE";
  /** Of the query, or the body's. */
  query?: string;
  body?: unknown;
  /** The caller names a row by an id, in this place. */
  names?: "connection" | "job";
};

const FUNCTIONS = new URL("../../../supabase/functions/", import.meta.url);

/** A function that is still to come is attacked from the day when it is there. */
const isThere = ({ slug }: { slug: string }) => existsSync(new URL(`${slug}/index.ts`, FUNCTIONS));

/** What only a signed-in user may ask, asked about what `resident` has. */
export function userRequests(resident: Resident): Loaded[] {
  const { connection_id, job_id, path, query } = resident;
  const requests: Loaded[] = [
    { slug: "tiktok-initiate", method: "POST", body: {} },
    { slug: "tiktok-callback", method: "POST", body: Object.fromEntries(query) },
    ...idRequests({ connection_id, job_id, path }),
  ];
  return requests.filter(isThere);
}

/** Those of them that name a row. */
export function idRequests(
  { connection_id, job_id, path }: Pick<Resident, "connection_id" | "job_id" | "path">,
): Loaded[] {
  const requests: Loaded[] = [
    {
      slug: "tiktok-creator",
      method: "GET",
      query: `connection_id=${connection_id}`,
      names: "connection",
    },
    {
      slug: "tiktok-publish",
      method: "POST",
      body: videoDraft(connection_id, path),
      names: "connection",
    },
    {
      slug: "tiktok-publish",
      method: "POST",
      body: videoDraft(connection_id, path, { dry_run: true }),
      names: "connection",
    },
    { slug: "tiktok-publish", method: "GET", query: `job_id=${job_id}`, names: "job" },
    { slug: "tiktok-publish", method: "DELETE", query: `job_id=${job_id}`, names: "job" },
    { slug: "tiktok-disconnect", method: "POST", body: { connection_id }, names: "connection" },
    {
      slug: "tiktok-analytics",
      method: "GET",
      query: `connection_id=${connection_id}&days=30`,
      names: "connection",
    },
  ];
  return requests.filter(isThere);
}

/** What only the schedule may ask. */
export function scheduleRequests(): Loaded[] {
  const slugs = ["tiktok-refresh", "tiktok-status-poll", "tiktok-analytics"];
  return slugs.map((slug): Loaded => ({ slug, method: "POST", body: {} })).filter(isThere);
}

/** Every function that there is. */
export function allSlugs(): string[] {
  return [...Deno.readDirSync(FUNCTIONS)]
    .map(({ name }) => name).filter((slug) => isThere({ slug })).sort();
}

export function send(
  caller: Caller,
  { slug, method, query, body }: Loaded,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const path = query === undefined ? slug : `${slug}?${query}`;
  return caller.call(method, path, { headers, ...(body === undefined ? {} : { body }) });
}

/** One after the other: should one get through, it is seen what it did. */
export async function sendAll(
  caller: Caller,
  requests: Loaded[],
  headers: Record<string, string> = {},
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const request of requests) answers.push(await send(caller, request, headers));
  return answers;
}

export function nameOf({ slug, method, body }: Loaded): string {
  const isDry = typeof body === "object" && body !== null && "dry_run" in body;
  return `${method} ${slug}${isDry ? " (a dry run)" : ""}`;
}
