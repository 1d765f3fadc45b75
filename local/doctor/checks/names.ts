/** Names in the file of settings that no function reads: a misspelt one is otherwise passed in silence. */

import { environmentNames } from "../../../supabase/functions/_shared/config/config.ts";
import { TIKTOK_SETTINGS } from "../../../supabase/functions/_shared/platform/tiktok_settings.ts";
import { nearest } from "../../cli/nearest.ts";
import { type Check, checksOf } from "../check.ts";

const { warn } = checksOf("settings");

/** Names that begin so are meant for us; others are another program's. */
const OURS = /^(TIKTOK|NEXUS|TOKEN_ENCRYPTION|MEDIA|ERROR_LOG)_\w+$/i;

/** Read by the commands on this machine, and by no function. */
const OF_COMMANDS: ReadonlySet<string> = new Set([
  "NEXUS_URL",
  "NEXUS_EMAIL",
  "NEXUS_PASSWORD",
  "NEXUS_ACCESS_TOKEN",
  "NEXUS_DATA_DIR",
]);

export function checkNames(names: readonly string[]): Check[] {
  const known = environmentNames(TIKTOK_SETTINGS);
  return names
    .filter((name) => OURS.test(name) && !known.includes(name) && !OF_COMMANDS.has(name))
    .map((name) => {
      const meant = nearest(name, known);
      return warn(
        name,
        "no function reads a setting of this name",
        meant === undefined ? "docs/deploying.md lists those there are." : `Did you mean ${meant}?`,
      );
    });
}
