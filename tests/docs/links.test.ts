/** What the pages point at is there: links, headings, files, tests, tasks and settings. */

import assert from "node:assert/strict";
import { environmentNames } from "../../supabase/functions/_shared/config/config.ts";
import { TIKTOK_SETTINGS } from "../../supabase/functions/_shared/platform/tiktok_settings.ts";
import { EXIT_CODES } from "../../local/cli/failure.ts";
import { COMMANDS } from "../../local/cli/commands.ts";
import { JOBS, listFunctions } from "../../local/doctor/expected.ts";
import { repositoryPath } from "../../local/host/index.ts";
import { type Page, readPage, readPages, resolveLink } from "./markdown.ts";

const pages = await readPages();
const byPath = new Map(pages.map((page) => [page.path, page]));
const page = (path: string) => byPath.get(path) ?? assert.fail(`there is no ${path}`);

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(repositoryPath(path));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Names of all files below the folders that pages speak of. */
async function listFiles(folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(repositoryPath(folder || "."))) {
    if (name === ".git" || name === "node_modules" || name === ".data" || name === ".temp") {
      continue;
    }
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory) found.push(...await listFiles(path));
    else found.push(path);
  }
  return found;
}

const files = await listFiles();

async function brokenLinks({ path, links, anchors }: Page): Promise<string[]> {
  const broken: string[] = [];
  for (const { target, line } of links) {
    if (/^https?:/.test(target)) {
      if (!URL.canParse(target)) broken.push(`${path}:${line}: ${target} is no address`);
      continue;
    }
    const [file = "", anchor] = target.split("#");
    const to = file === "" ? path : resolveLink(path, file);
    if (file !== "" && !await exists(to)) broken.push(`${path}:${line}: there is no ${to}`);
    else if (
      anchor !== undefined && !(to === path ? anchors : byPath.get(to)?.anchors)?.has(anchor)
    ) {
      broken.push(`${path}:${line}: ${to} has no heading #${anchor}`);
    }
  }
  return broken;
}

const ROOTS = /^(supabase|local|tests|docs|client|\.ci|\.github|_shared)\//;

/** Files that are named in backticks and are not there; `seal.ts` alone may lie anywhere. */
function missingFiles({ path, code }: Page): string[] {
  return code.flatMap(({ text, line }) => {
    const is_path = ROOTS.test(text) && /^[\w./-]+$/.test(text);
    const is_name = /^[\w-]+\.(ts|sql|yml|toml|md)$/.test(text);
    if (!is_path && !is_name) return [];
    const wanted = text.replace(/^_shared\//, "supabase/functions/_shared/").replace(/\/$/, "");
    const is_there = files.some((file) =>
      file === wanted || file.startsWith(`${wanted}/`) || (is_name && file.endsWith(`/${wanted}`))
    );
    return is_there ? [] : [`${path}:${line}: there is no ${text}`];
  });
}

for (const one of pages) {
  Deno.test(`${one.path}: every link leads somewhere`, async () => {
    assert.deepEqual(await brokenLinks(one), []);
  });
  Deno.test(`${one.path}: every file that it names is there`, () => {
    assert.deepEqual(missingFiles(one), []);
  });
  Deno.test(`${one.path}: every test that it names is there`, async () => {
    const named = [...one.prose.matchAll(/`(tests\/[\w./-]+\.ts)`[:,]? "([^"]+)"/g)];
    for (const [, path = "", title = ""] of named) {
      const text = await Deno.readTextFile(repositoryPath(path));
      assert.ok(text.includes(`"${title}"`), `${path} has no "${title}"`);
    }
  });
  Deno.test(`${one.path}: every task that it names is there`, async () => {
    const { tasks } = JSON.parse(await Deno.readTextFile(repositoryPath("deno.json")));
    const text = [one.prose, ...one.blocks.map(({ text }) => text)].join("\n");
    for (const [, task = ""] of text.matchAll(/\bdeno task ([a-z]+)/g)) {
      assert.ok(Object.hasOwn(tasks, task), `there is no task ${task}`);
    }
  });
}

Deno.test("a page with broken links and files would be found out", async () => {
  const bad = readPage(
    "docs/bad.md",
    "# A\n[x](nowhere.md) [y](operating.md#no-such) [z](#a)\n`tests/nowhere.ts` `seal.ts`\n",
  );
  assert.equal((await brokenLinks(bad)).length, 2);
  assert.equal(missingFiles(bad).length, 1);
});

Deno.test("every page of docs/ is in its index, but for what is made", () => {
  const index = page("docs/README.md");
  for (const { path } of pages) {
    if (!path.startsWith("docs/") || path === index.path) continue;
    const name = path.slice("docs/".length);
    assert.ok(index.links.some(({ target }) => target === name), `${name} is not in the index`);
  }
});

Deno.test("docs/deploying.md names every setting, and no other", () => {
  const { prose } = page("docs/deploying.md");
  const table = prose.slice(
    prose.indexOf("| Name | Meaning |"),
    prose.indexOf("A value that is missing"),
  );
  const named = [...table.matchAll(/`([A-Z][A-Z_]{5,})`/g)].map(([, name]) => name).sort();
  assert.deepEqual([...new Set(named)], environmentNames(TIKTOK_SETTINGS).sort());
});

Deno.test("docs/deploying.md shows each of the seven learnings by tests", () => {
  const { prose } = page("docs/deploying.md");
  const rows = prose.slice(prose.indexOf("| Learnt |")).split("\n").filter((row) =>
    row.startsWith("| ")
  );
  assert.equal(rows.length, 8, "a heading and seven");
  for (const row of rows.slice(1)) assert.match(row, /`tests\/[\w./]+\.ts` "/);
});

Deno.test("docs/operating.md tells of every schedule", () => {
  for (const name of Object.keys(JOBS)) {
    assert.match(page("docs/operating.md").prose, new RegExp(`^\\| \`${name}\``, "m"));
  }
});

Deno.test("docs/command-line.md has every command, and every exit code and no other", () => {
  const { prose } = page("docs/command-line.md");
  for (const name of Object.keys(COMMANDS)) {
    assert.match(prose, new RegExp(`^\\| \`${name}[ \`]`, "m"));
  }
  const codes = [...prose.matchAll(/^\| (\d+) \| /gm)].map(([, code]) => Number(code));
  assert.deepEqual(codes, Object.values(EXIT_CODES).toSorted((one, other) => one - other));
});

Deno.test("README.md tells of every function", async () => {
  for (const slug of await listFunctions()) assert.ok(page("README.md").prose.includes(slug), slug);
});
