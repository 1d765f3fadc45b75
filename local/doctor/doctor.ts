/** `deno task doctor`: is this Nexus set up as it must be, and what is to be done where it is not. */

import { systemRuntime } from "../cli/runtime.ts";
import { runDoctor } from "./run.ts";
import { opensSocket } from "./socket.ts";

Deno.exit(await runDoctor(Deno.args, { ...systemRuntime(), opensSocket }));
