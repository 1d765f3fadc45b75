/** What a command gives back; how it is shown is decided outside. */

import type { Values } from "./arguments.ts";
import type { Notes, Printer } from "./printer.ts";
import type { Runtime } from "./runtime.ts";

export interface Outcome {
  /** False: exit 1, though the command itself worked: a check found an error, a post failed. */
  ok: boolean;
  /** The members of the JSON document beside `command` and `ok`. */
  document: Record<string, unknown>;
  /** The same for a person. */
  show(printer: Printer): void;
}

export type Command = (values: Values, runtime: Runtime, notes: Notes) => Promise<Outcome>;
