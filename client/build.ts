/**
 * `deno task client`: the npm package, into `client/dist/`: JavaScript and declarations, a file each as
 * in `src/`. Types are checked by `deno task check`; JSR takes the TypeScript as it is.
 */

import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import jsr from "./jsr.json" with { type: "json" };

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const SUPABASE_JS = "@supabase/supabase-js";

/** Not a file of its own: Deno would take this folder for a project apart. */
const MANIFEST = {
  name: jsr.name,
  version: jsr.version,
  description: "TikTok for Nexus: connect accounts, publish, follow posts, read figures",
  license: jsr.license,
  type: "module",
  sideEffects: false,
  exports: {
    ".": { types: "./index.d.ts", default: "./index.js" },
    "./package.json": "./package.json",
  },
  types: "./index.d.ts",
  engines: { node: ">=22" },
  peerDependencies: {
    [SUPABASE_JS]: jsr.imports[SUPABASE_JS].slice(`npm:${SUPABASE_JS}@`.length),
  },
  publishConfig: { access: "public" },
};

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

export async function buildClient(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for await (const { name } of Deno.readDir(here("src"))) {
    await buildModule(here(`src/${name}`), `${folder}/${basename(name, ".ts")}`);
  }
  await Deno.writeTextFile(`${folder}/package.json`, `${JSON.stringify(MANIFEST, null, 2)}\n`);
  for (const name of ["README.md", "LICENSE"]) await Deno.copyFile(here(name), `${folder}/${name}`);
}

async function buildModule(fileName: string, target: string): Promise<void> {
  const source = await Deno.readTextFile(fileName);
  const script = ts.transpileModule(source, { fileName, compilerOptions, reportDiagnostics: true });
  const declaration = ts.transpileDeclaration(source, {
    fileName,
    compilerOptions: { ...compilerOptions, declaration: true, isolatedDeclarations: true },
    reportDiagnostics: true,
  });
  const [fault] = [...script.diagnostics ?? [], ...declaration.diagnostics ?? []];
  if (fault) {
    throw new Error(`${fileName}: ${ts.flattenDiagnosticMessageText(fault.messageText, " ")}`);
  }
  await Deno.writeTextFile(`${target}.js`, script.outputText);
  // TypeScript rewrites `./x.ts` in scripts alone.
  await Deno.writeTextFile(
    `${target}.d.ts`,
    declaration.outputText.replaceAll(/(from "\.\/[\w/]+)\.ts"/g, '$1.js"'),
  );
}

if (import.meta.main) await buildClient(here("dist"));
