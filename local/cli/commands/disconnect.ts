/** `disconnect`: ends a connection. Never chosen by itself, not even if there is only one. */

import {
  connectionAnswer,
  connectionQuery,
} from "../../../supabase/functions/_shared/contract/connection.ts";
import { parseInput } from "../../../supabase/functions/_shared/http/body.ts";
import { callFunction } from "../call.ts";
import { nameOf } from "../connections.ts";
import { wrongUsage } from "../failure.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { parseOptions } from "../post_form.ts";
import { signIn } from "../session.ts";

export const disconnect: Command = async (values, runtime) => {
  const id = values.text("connection");
  if (id === undefined) throw wrongUsage("disconnect needs --connection ID: see connections.");
  const body = parseOptions(() => parseInput(connectionQuery, { connection_id: id }));
  const session = await signIn(runtime, await findPlace(runtime));
  const request = { method: "POST" as const, path: "tiktok-disconnect", body };
  const { connection } = await callFunction(runtime, session, request, connectionAnswer);
  return {
    ok: true,
    document: { connection },
    show: (printer) => printer.line(`${nameOf(connection)} is ${connection.status}.`),
  };
};
