/** `connections`: the user's accounts, with what each may do and what is wrong with it. */

import { type Connection, nameOf, readConnections } from "../connections.ts";
import type { Command } from "../outcome.ts";
import { findPlace } from "../place.ts";
import { signIn } from "../session.ts";

export const connections: Command = async (_values, runtime) => {
  const found = await readConnections(await signIn(runtime, await findPlace(runtime)));
  return {
    ok: true,
    document: { connections: found },
    show(printer) {
      if (found.length === 0) printer.line("No account is connected: see initiate.");
      for (const [index, connection] of found.entries()) {
        if (index > 0) printer.line();
        printer.table(describe(connection));
      }
    },
  };
};

function describe(connection: Connection): [string, unknown][] {
  const { id, status, capabilities, last_error } = connection;
  const names = Object.entries(capabilities).sort(([one], [other]) => one < other ? -1 : 1);
  const reasons = names.flatMap(([name, { available, reason }]) =>
    available ? [] : [[`no ${name}`, reason] as [string, unknown]]
  );
  return [
    ["connection", id],
    ["account", nameOf(connection)],
    ["status", status],
    ["may", names.filter(([, { available }]) => available).map(([name]) => name)],
    ...reasons,
    ...(last_error === null
      ? []
      : [["error", `${last_error.detail} (${last_error.code})`] as [string, unknown]]),
  ];
}
