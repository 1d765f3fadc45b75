/** The TypeScript of the pages, as an app's own files. */

import { readPages } from "../../docs/markdown.ts";

/** What the pages speak of without saying where it comes from. */
const SURROUNDINGS = `
declare const url: string, publishable_key: string, chosen: string, connection_id: string, job_id: string;
declare const user: { email: string; password: string };
declare const file: File;
declare const signal: AbortSignal;
declare function show(what: unknown): void;
declare function showAll(jobs: unknown[]): void;
declare function showConnections(connections: unknown[]): void;
`;

/** What the first block of client/README.md leaves to the others, and they to each other. */
const MADE_BEFORE = `
import type { SupabaseClient } from "@supabase/supabase-js";
import * as nexus from "@nexus/tiktok";
import { TikTokIntegrationError } from "@nexus/tiktok";
declare const supabase: SupabaseClient;
declare const tiktok: nexus.TikTokClient;
declare const connection: nexus.Connection;
declare const source: nexus.StorageSource;
declare const post: nexus.VideoInfo;
declare const new_post: nexus.NewPost;
`;

export type Snippet = { name: string; text: string };

/** A block with imports stands for itself; one without goes on where the page's first left off. */
export async function typedSnippets(): Promise<Snippet[]> {
  const pages = await readPages();
  const blocks = pages.filter(({ path }) => ["README.md", "client/README.md"].includes(path))
    .flatMap((page) => page.blocks).filter(({ language }) => language === "ts");
  return blocks.map(({ page, line, text }) => {
    const stands_alone = text.includes("import ");
    return {
      name: `${page}:${line}`,
      text: SURROUNDINGS + (stands_alone ? text : `${MADE_BEFORE}{\n${text}\n}\n`) +
        "\nexport {};\n",
    };
  });
}

/** README.md's example, to be run: its surroundings are given to it. */
export async function runnableSnippet(): Promise<string> {
  const [readme] = (await readPages()).filter(({ path }) => path === "README.md");
  const block = readme?.blocks.find(({ language }) => language === "ts");
  if (block === undefined) throw new Error("README.md has no example");
  return `import { openAsBlob } from "node:fs";
const { url, publishable_key, user, clip_path } = JSON.parse(process.argv[2]);
const file = await openAsBlob(clip_path, { type: "video/mp4" });
${block.text}`;
}

/** client/README.md's whole page, as TypeScript that finds its settings in the page. */
export async function pageSnippet(): Promise<string> {
  const [readme] = (await readPages()).filter(({ path }) => path === "client/README.md");
  const block = readme?.blocks.find(({ text }) => text.includes("document.body.innerHTML"));
  if (block === undefined) throw new Error("client/README.md has no page");
  return `const { url, key: publishable_key } =
  JSON.parse(document.querySelector("#settings")!.textContent!);
${block.text}`;
}

/** What an app's compiler must accept, and what it must not; `any` would accept all of it. */
export const CONSUMER = `
import { createTikTokClient, type Job, type NewPost, publish } from "@nexus/tiktok";
import { createClient } from "@supabase/supabase-js";

type None = Record<never, never>;
const supabase = createClient<{ public: { Tables: None; Views: None; Functions: None } }>("u", "k");
const tiktok = createTikTokClient(supabase);
const post: NewPost = {
  connection_id: "c",
  media: { type: "photos", urls: ["https://nexus.example.com/1.jpg"] },
  mode: "direct",
  post: { privacy_level: "SELF_ONLY" },
};
const job: Job = await tiktok.publish(post);
export const status: "queued" | "published" | string = job.status;

// @ts-expect-error: a direct post says who may see it
await publish(supabase, { ...post, mode: "direct", post: { caption: "x" } });
// @ts-expect-error: the types are there, not any
job.no_such_field;
`;
