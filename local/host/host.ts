/** Puts the parts together, in the order in which they need each other. */
import { createAuth } from "./auth/index.ts";
import { signInWithPassword } from "./auth/sessions.ts";
import { createTokens } from "./auth/tokens.ts";
import { createIdentify } from "./caller.ts";
import { openDataFolder } from "./data_folder.ts";
import { openDatabase, type Sql } from "./database/index.ts";
import { functionEnvironment, readGiven } from "./environment.ts";
import { openFunctions } from "./functions.ts";
import { createGateway, type Parts } from "./gateway.ts";
import { openKeys } from "./keys.ts";
import { listen } from "./listen.ts";
import { createLog } from "./log.ts";
import { type Host, type HostOptions } from "./options.ts";
import { repositoryPath } from "./paths.ts";
import { createRest } from "./rest/index.ts";
import { createSchedule } from "./schedule/index.ts";
import { createFetchOnce } from "./schedule/net.ts";
import { seed } from "./seed.ts";
import { openFiles } from "./storage/files.ts";
import { createStorage } from "./storage/index.ts";
import { createSigner } from "./storage/signer.ts";
import { startTikTok } from "./tiktok.ts";

const default_port = 54321;

/**
 * Starts a host: database, sign-in, Data API, Storage, functions, schedule, dashboard, and TikTok's
 * stand-in unless `tiktok_api_url` names another one.
 */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  // Closed in reverse order, also when a later part fails to start.
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return await assemble(options, closers, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function assemble(
  options: HostOptions,
  closers: (() => unknown)[],
  close: () => Promise<void>,
): Promise<Host> {
  const { data_dir, env: overrides = {}, now = Date.now } = options;
  const log = createLog(options.quiet ?? false);
  const folder = await openDataFolder(data_dir);
  closers.push(() => folder.close());
  const keys = await openKeys(data_dir);

  const parts = Promise.withResolvers<Parts>();
  // Requests that came in too early see the failure; it is thrown from here as well.
  parts.promise.catch(() => {});
  const listening = listen(
    options.port ?? default_port,
    (port) => createGateway(parts.promise, { port, onRequest: log.write, onError: log.writeError }),
  );
  closers.push(() => listening.close());
  const url = `http://127.0.0.1:${listening.port}`;

  try {
    const database = await openDatabase({
      ...databasePlace(options.database_url, folder.database),
      migrations_dir: options.migrations_dir ?? repositoryPath("supabase/migrations"),
      onNotice: log.writeNotice,
    });
    const { sql } = database;
    closers.push(() => sql.close());
    const users = await seed(sql, { url, cron_key: keys.cron });

    const given_tiktok = options.tiktok_api_url ?? readGiven("TIKTOK_API_URL");
    const envFor = (tiktok_api_url: string) =>
      functionEnvironment({ url, keys, tiktok_api_url, overrides });
    const own = given_tiktok ? undefined : await startTikTok({
      url,
      keys,
      env: envFor(url),
      now,
      ...(data_dir ? { data_dir } : {}),
      ...(folder.tiktok ? { state_dir: folder.tiktok } : {}),
      ...(options.tiktok_options ? { options: options.tiktok_options } : {}),
      onError: log.writeError,
    });
    if (own) closers.push(() => own.close());
    const tiktok_origin = own?.origin ?? given_tiktok ?? "";

    const env = envFor(tiktok_origin);
    const functions = await openFunctions({
      functions_dir: options.functions_dir ?? repositoryPath("supabase/functions"),
      env,
      onError: log.writeError,
    });
    const net = createFetchOnce();
    const schedule = createSchedule({
      sql,
      stand_ins: database.stand_ins,
      now,
      fetch: net.fetch,
      onError: log.writeError,
    });
    // Read from the end: nothing new begins, what runs may still call the host, then nobody may.
    closers.push(
      () => functions.close(),
      () => net.close(),
      () => listening.close(),
      () => functions.idle(),
      () => schedule.stop(),
    );

    const tokens = await createTokens(keys, `${url}/auth/v1`);
    const identify = createIdentify(keys, tokens.verify);
    const public_keys = { publishable: keys.publishable, secret: keys.secret, cron: keys.cron };
    parts.resolve({
      rest: createRest({ sql, identify }),
      auth: createAuth({ sql, keys, tokens }),
      storage: createStorage({
        sql,
        files: await openFiles(folder.storage),
        identify,
        signer: createSigner(),
      }),
      functions,
      dashboard_dir: options.dashboard_dir ?? repositoryPath("local/dashboard"),
      config: {
        supabase_url: url,
        publishable_key: keys.publishable,
        keys: public_keys,
        users,
        tiktok_origin,
        redirect_to: env.NEXUS_REDIRECT_URLS?.split(",")[0]?.trim(),
      },
    });
    if (options.cron ?? true) {
      await schedule.start();
      own?.start();
    }
    return {
      url,
      keys: public_keys,
      users,
      ...(own ? { tiktok: own.tiktok } : {}),
      tiktok_origin,
      sql,
      database: describeDatabase(sql, data_dir),
      functions: functions.slugs,
      cron: { tick: (job_name) => schedule.tick(job_name) },
      signIn: async (email, password) =>
        (await signInWithPassword(sql, tokens, email, password)).access_token,
      idle: () => functions.idle(),
      logs: log.lines,
      close,
    };
  } catch (error) {
    parts.reject(error);
    throw error;
  }
}

function databasePlace(database_url: string | undefined, folder: string | undefined) {
  const server = database_url ?? Deno.env.get("DATABASE_URL");
  if (server) return { database_url: server };
  return folder ? { folder } : {};
}

function describeDatabase(sql: Sql, data_dir: string | undefined): string {
  if (sql.kind === "server") return "PostgreSQL server";
  return data_dir ? `PGlite in ${data_dir}/database` : "PGlite in memory";
}
