/** The TikTok that the host talks to: the stand-in, started here, unless an address was given. */
import { createTikTok, type TikTok, type TikTokOptions } from "../tiktok/index.ts";
import { type HostKeys, saveKeys } from "./keys.ts";

export interface OwnTikTok {
  tiktok: TikTok;
  origin: string;
  /** Begins to deliver webhooks as they arise. */
  start(): void;
  close(): Promise<void>;
}

export interface OwnTikTokOptions {
  /** The host's address. */
  url: string;
  keys: HostKeys;
  env: Record<string, string>;
  now: () => number;
  /** Where the port is kept; with it, stored upload addresses stay good over a restart. */
  data_dir?: string;
  state_dir?: string;
  options?: Partial<TikTokOptions>;
  onError(what: string, error: unknown): void;
}

const webhook_interval_ms = 2000;

export async function startTikTok(given: OwnTikTokOptions): Promise<OwnTikTok> {
  const { url, keys, env, onError } = given;
  const tiktok = createTikTok({
    now: given.now,
    ...(given.state_dir ? { data_dir: given.state_dir } : {}),
    ...given.options,
    app: {
      client_key: env.TIKTOK_CLIENT_KEY ?? keys.tiktok_client_key,
      client_secret: env.TIKTOK_CLIENT_SECRET ?? keys.tiktok_client_secret,
      redirect_uris: [env.TIKTOK_REDIRECT_URI ?? `${url}/functions/v1/tiktok-callback`],
      webhook_url: `${url}/functions/v1/tiktok-webhook`,
      ...given.options?.app,
    },
  });
  const listening = await listenWhereItWas(tiktok, keys.tiktok_port);
  const port = Number(new URL(listening.origin).port);
  if (given.data_dir && port !== keys.tiktok_port) {
    await saveKeys(given.data_dir, { ...keys, tiktok_port: port });
  }
  let timer: ReturnType<typeof setInterval> | undefined;
  let delivering: Promise<unknown> | undefined;
  return {
    tiktok,
    origin: listening.origin,
    start() {
      timer = setInterval(() => {
        delivering ??= tiktok.webhooks.deliver()
          .catch((error) => onError("delivering webhooks", error))
          .finally(() => delivering = undefined);
      }, webhook_interval_ms);
    },
    async close() {
      clearInterval(timer);
      await delivering;
      await listening.close();
      await tiktok.dispose();
    },
  };
}

async function listenWhereItWas(tiktok: TikTok, port: number | null) {
  if (port !== null) {
    try {
      return await tiktok.listen(port);
    } catch (error) {
      // Somebody else took it meanwhile: uploads that were under way begin anew elsewhere.
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== "EADDRINUSE" && !(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return await tiktok.listen(0);
}
