/** TikTok accounts for the tests: the three demo ones, and plain ones to be used once each. */

import { type Account, demoAccounts } from "../../../local/tiktok/index.ts";

export const ADA = "-000A1daFilmsOpenIdOnlyForThisApp01";
export const BEN_PRIVATE = "-000BenKeepsThingsPrivateOpenId0002";
export const CLEO_BANNED = "-000CleoMayNotPostAnythingOpenId003";

const PLAIN_ACCOUNTS = 60;

export function makeAccounts(now_ms: number): Account[] {
  const demo = demoAccounts(now_ms);
  const [model] = demo;
  if (model === undefined) throw new Error("there is no demo account to copy");
  const plain = Array.from({ length: PLAIN_ACCOUNTS }, (_, index): Account => ({
    ...model,
    open_id: `-000PlainAccount${String(index).padStart(4, "0")}`,
    union_id: crypto.randomUUID(),
    username: `plain.${index}`,
    nickname: `Plain ${index}`,
    videos: [],
  }));
  return [...demo, ...plain];
}
