/** Reads the command line by the table of commands. */

import { parseArgs } from "node:util";
import { COMMAND_NAMES, type CommandName, COMMANDS, COMMON_OPTIONS } from "./commands.ts";
import { type Failure, wrongUsage } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** Options as given; a switch that was not given is false. */
export interface Values {
  text(name: string): string | undefined;
  on(name: string): boolean;
  /** A whole number of at least `least`. Throws a wrong usage. */
  number(name: string, least: number): number | undefined;
}

export type Parsed = { help: true; command: CommandName | null } | {
  help: false;
  command: CommandName;
  values: Values;
};

/** Throws a `Failure` of wrong usage. */
export function readArguments(given: readonly string[]): Parsed {
  const [name, ...rest] = commandFirst(given[0] === "--" ? given.slice(1) : given);
  const is_help = rest.includes("--help") || rest.includes("-h");
  if (name === "help") return { help: true, command: null };
  if (name === undefined) {
    if (is_help) return { help: true, command: null };
    throw wrongUsage(`Name a command: ${COMMAND_NAMES.join(", ")}. --help says more.`);
  }
  if (name.startsWith("-")) throw optionFirst(name, rest);
  const command = COMMAND_NAMES.find((known) => known === name);
  if (command === undefined) {
    const meant = nearest(name, COMMAND_NAMES);
    throw wrongUsage(
      `There is no command ${name}. ` +
        (meant === undefined ? `Commands: ${COMMAND_NAMES.join(", ")}.` : `Did you mean ${meant}?`),
    );
  }
  if (is_help) return { help: true, command };
  return { help: false, command, values: readValues(command, rest) };
}

/** What every command takes may stand before it too, as many programs have it. */
function commandFirst(args: readonly string[]): [string | undefined, ...string[]] {
  const found = args.findIndex((arg) => !["--json", "--help", "-h"].includes(arg));
  const count = found === -1 ? args.length : found;
  return [args[count], ...args.slice(0, count), ...args.slice(count + 1)];
}

/** Which options there are is known by the command alone. */
function optionFirst(option: string, rest: string[]): Failure {
  const command = COMMAND_NAMES.find((name) => rest.includes(name)) ?? "<command>";
  return wrongUsage(
    `${option} stands before the command: write deno task tiktok ${command} ${option} …`,
  );
}

function readValues(command: CommandName, args: string[]): Values {
  const options = [...COMMANDS[command].options, ...COMMON_OPTIONS];
  const values = parse(command, args, options);
  return {
    text: (name) => {
      const value = values[name];
      return typeof value === "string" ? value : undefined;
    },
    on: (name) => values[name] === true,
    number: (name, least) => {
      const value = values[name];
      if (typeof value !== "string") return undefined;
      const number = Number(value);
      if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
      throw wrongUsage(`--${name} must be a whole number of at least ${least}.`);
    },
  };
}

function parse(
  command: CommandName,
  args: string[],
  options: { name: string; value?: string }[],
): Record<string, unknown> {
  try {
    const { values, tokens, positionals } = parseArgs({
      args: joinDashed(args, options),
      strict: true,
      allowPositionals: true,
      tokens: true,
      options: Object.fromEntries(
        options.map(({ name, value }) =>
          [name, { type: value === undefined ? "boolean" : "string" }] as const
        ),
      ),
    });
    const [stray] = positionals;
    if (stray !== undefined) throw strayArgument(command, stray, options);
    refuseRepeated(tokens.flatMap((token) => token.kind === "option" ? [token.name] : []));
    return values;
  } catch (error) {
    // What `parseArgs` says of the command line is fit for a person.
    if (!(error instanceof TypeError)) throw error;
    const said = error.message.split("\n")[0]?.split(". ")[0]?.replace(/\.$/, "") ?? "";
    const given = /^Unknown option '--?([^']+)'/.exec(said)?.[1];
    const meant = given === undefined ? undefined : nearest(given, options.map(({ name }) => name));
    const hint = meant === undefined ? "" : ` Did you mean --${meant}?`;
    throw wrongUsage(`${said}.${hint} See ${command} --help.`);
  }
}

/**
 * A value that begins with a dash may be an option whose value was forgotten: `parseArgs` takes none.
 * A negative number is no option of ours: it is a value, if a wrong one.
 */
function joinDashed(args: string[], options: { name: string; value?: string }[]): string[] {
  const joined: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    joined.push(arg);
    const takes_value = options.some(({ name, value }) =>
      value !== undefined && arg === `--${name}`
    );
    const value = args[index + 1];
    if (!takes_value || value === undefined) continue;
    index++;
    if (!/^-./.test(value)) joined.push(value);
    else if (/^-\.?\d/.test(value)) joined.splice(-1, 1, `${arg}=${value}`);
    else {throw wrongUsage(
        `${arg} needs a value. If ${value} is meant as its value: ${arg}=${value}`,
      );}
  }
  return joined;
}

/** A value without its option: the command's first one that takes a value is the likely one. */
function strayArgument(
  command: CommandName,
  stray: string,
  options: { name: string; value?: string }[],
): Failure {
  const first = options.find(({ value }) => value !== undefined);
  const hint = first === undefined ? "" : ` Did you mean --${first.name} ${stray}?`;
  return wrongUsage(`${stray} belongs to no option.${hint} See ${command} --help.`);
}

/** `parseArgs` takes the last of two: the first one was then lost in silence. */
function refuseRepeated(names: string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw wrongUsage(`--${repeated} is given twice.`);
}
