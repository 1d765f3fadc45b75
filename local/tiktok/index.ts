/**
 * A stand-in for TikTok's API v2, for development and tests: strict where TikTok documents a rule,
 * strict too where a rule was only observed, and never lenient where nobody knows.
 */
export { createTikTok, type TikTok } from "./tiktok.ts";
export { consent, type ConsentChoice } from "./consent.ts";
export { demoAccounts } from "./accounts.ts";
export { readTikTokState, type TikTokState } from "./state.ts";
export { signWebhook } from "./webhooks.ts";
export { SCOPES } from "./scopes.ts";
export type { AppRegistration, FailReason, TikTokOptions } from "./options.ts";
export type { Account, Post, Publish, Put, Upload, Video, WebhookEvent } from "./records.ts";
export type { Fault, FaultKind, Faults } from "./faults.ts";
export type { Listening } from "./server.ts";
export type { Users } from "./users.ts";
export type { Call, Shown } from "./world.ts";
