/** The doctor reads a file of settings as the CLI sends it: what it finds good is what arrives. */

import assert from "node:assert/strict";
import { parseDotenv } from "../../local/doctor/dotenv.ts";
import { findSupabaseCli } from "../database/supabase_cli.ts";
import { ManagementApi } from "./management_api.ts";

const FILES: Record<string, [text: string, values: Record<string, string>]> = {
  "a byte order mark": ["\ufeffA=1\nB=2\n", { A: "1", B: "2" }],
  "a colon": ["A: value\nB: https://x.y/z\n", { A: "value", B: "https://x.y/z" }],
  "a blank within quotes": ["A='x '\nB=\" y \"\n", { A: "x ", B: " y " }],
  "a blank without quotes": ["A= x  \n", { A: "x" }],
  "lines of Windows": ["A=1\r\nB=2\r\n", { A: "1", B: "2" }],
  "a shell's export": ["export A=1\n", { A: "1" }],
  "comments": ["# c\nA=1 # c\nB='1 # c'\nC=a#b\n", { A: "1", B: "1 # c", C: "a" }],
  "several lines": ['A="l1\nl2"\nB=2\n', { A: "l1\nl2", B: "2" }],
  "escapes": ["A=\"a\\nb\\tc\"\nB='a\\nb'\nC=a\\nb\n", { A: "a\nb\\tc", B: "a\\nb", C: "a\\nb" }],
  "dollars": ['A=1\nB=$A\nC="${A}"\nD=a$$b\n', { A: "1", B: "$A", C: "${A}", D: "a$$b" }],
  "backticks": ["A=`x`\n", { A: "x" }],
  "JSON": ['A={"a": 1}\nB=\'{"b": 2}\'\nC: {"c": 3}\n', {
    A: '{"a": 1}',
    B: '{"b": 2}',
    C: '{"c": 3}',
  }],
  "no value": ['A=\nB=""\nC\nD=1\n', { A: "", B: "", D: "1" }],
  "a name twice": ["A=1\nA=2\n", { A: "2" }],
  "a text behind the quotes": ["A='x' y\nB=1\n", { A: "'x' y", B: "1" }],
  "quotes that do not close": ["A='x\nB=1\n", { A: "'x", B: "1" }],
};

const cli = await findSupabaseCli();

for (const [name, [text, values]] of Object.entries(FILES)) {
  Deno.test(`a file of settings with ${name}`, async (t) => {
    assert.deepEqual(parseDotenv(text), values);
    await t.step({
      name: "ignored" in cli ? `as the CLI (${cli.ignored})` : "as the CLI",
      ignore: "ignored" in cli,
      async fn() {
        if (!("ignored" in cli)) assert.deepEqual(await send(cli.path, text), values);
      },
    });
  });
}

/** What arrives at a project. */
async function send(path: string, text: string): Promise<Record<string, string>> {
  await using api = await ManagementApi.start();
  const file = await Deno.makeTempFile({ suffix: ".env" });
  try {
    await Deno.writeTextFile(file, text);
    const { code, stderr } = await new Deno.Command(path, {
      args: ["secrets", "set", "--env-file", file, `--remote=${api.project_ref}`, "--yes"],
      env: { ...api.env, NO_COLOR: "1", DO_NOT_TRACK: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return Object.fromEntries(api.secrets);
  } finally {
    await Deno.remove(file);
  }
}
