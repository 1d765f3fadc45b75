/**
 * The embedded host: a hosted Supabase for development, with nothing installed but Deno. It answers
 * on loopback only, its users' passwords are public, its Vault is not encrypted: never put it on a
 * network. `startHost()` is all there is to call.
 */
export { startHost } from "./host.ts";
export type { Host, HostOptions } from "./options.ts";
export { demo_users, type DemoUser } from "./users.ts";
export { repositoryPath } from "./paths.ts";
export type { DatabaseError, Queryable, Row, Sql } from "./database/index.ts";
export { isDatabaseError } from "./database/index.ts";
