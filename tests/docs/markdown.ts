/** Reads the parts of a Markdown page that can be checked. */

import { posix } from "node:path";
import { repositoryPath } from "../../local/host/index.ts";

export type Block = {
  page: string;
  /** The line of its fence, from 1. */
  line: number;
  language: string;
  text: string;
  /** `<!-- not run: why -->` right above it, as ["not run", "why"]. */
  mark: [kind: string, text: string] | null;
};

export type Page = {
  /** Its path in the repository. */
  path: string;
  blocks: Block[];
  /** Targets of links with the line they stand in. */
  links: { target: string; line: number }[];
  /** Anchors of its headings, as GitHub makes them. */
  anchors: Set<string>;
  /** What stands in backticks in its text. */
  code: { text: string; line: number }[];
  /** Everything but blocks. */
  prose: string;
};

/** The repository's own pages. */
export async function readPages(): Promise<Page[]> {
  const paths = ["README.md", "CHANGELOG.md"];
  for (const folder of ["docs", "client"]) {
    for (const { name } of await list(folder)) {
      if (name.endsWith(".md")) paths.push(`${folder}/${name}`);
    }
  }
  return await Promise.all(
    paths.sort().map(async (path) => readPage(path, await Deno.readTextFile(repositoryPath(path)))),
  );
}

async function list(folder: string): Promise<Deno.DirEntry[]> {
  try {
    return await Array.fromAsync(Deno.readDir(repositoryPath(folder)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

export function readPage(path: string, text: string): Page {
  const page: Page = { path, blocks: [], links: [], anchors: new Set(), code: [], prose: "" };
  const prose: string[] = [];
  let open: (Block & { indent: string; lines: string[] }) | null = null;
  let mark: Block["mark"] = null;
  for (const [index, whole] of text.split("\n").entries()) {
    const line = index + 1;
    const fence = /^( *)```(\w*)/.exec(whole);
    if (open !== null) {
      if (fence !== null) {
        const { indent: _indent, lines, ...block } = open;
        page.blocks.push({ ...block, text: `${lines.join("\n")}\n` });
        open = null;
      } else {open.lines.push(
          whole.startsWith(open.indent) ? whole.slice(open.indent.length) : whole,
        );}
      continue;
    }
    if (fence !== null) {
      const [, indent = "", language = ""] = fence;
      open = { page: path, line, language, text: "", mark, indent, lines: [] };
      mark = null;
      continue;
    }
    const comment = /^\s*<!-- ([a-z ]+): (.+) -->$/.exec(whole);
    mark = comment === null
      ? (whole.trim() === "" ? mark : null)
      : [comment[1] ?? "", comment[2] ?? ""];
    prose.push(whole);
    for (const [, target = ""] of whole.matchAll(/\]\(([^)\s]+)\)/g)) {
      page.links.push({ target, line });
    }
    for (const [, code = ""] of whole.matchAll(/`([^`]+)`/g)) page.code.push({ text: code, line });
    const heading = /^#+ (.+)$/.exec(whole)?.[1];
    if (heading !== undefined) page.anchors.add(anchorOf(heading));
  }
  if (open !== null) throw new Error(`${path}:${open.line}: the block is never closed`);
  return { ...page, prose: prose.join("\n") };
}

/** As GitHub does it: lower case, punctuation away, blanks to hyphens. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-");
}

/** A relative link's path in the repository. */
export function resolveLink(page: string, target: string): string {
  return posix.normalize(posix.join(posix.dirname(page), target));
}
