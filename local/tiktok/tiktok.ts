import type { RequestHandler } from "msw";
import { getResponse } from "msw/utils/get-response";
import { consent, type ConsentChoice } from "./consent.ts";
import { openDoor, recordCall } from "./door.ts";
import type { Faults } from "./faults.ts";
import { toJson } from "./json.ts";
import { type FailReason, resolveOptions, type Settings, type TikTokOptions } from "./options.ts";
import { resumePulls } from "./posting/pull.ts";
import { failPublish } from "./posting/settle.ts";
import { ROUTES } from "./routes.ts";
import { listen, type Listening } from "./server.ts";
import { type TikTokState, viewState } from "./state.ts";
import { Store } from "./store.ts";
import { type Users, usersOf } from "./users.ts";
import { buildWebhook, deliverWebhooks } from "./webhooks.ts";
import { detachBody } from "./wire.ts";
import { makeWorld, type World } from "./world.ts";

export interface TikTok {
  /** For msw's `setupServer` or `getResponse`. */
  handlers: RequestHandler[];
  /** One request through the handlers; unknown paths get TikTok's 404. */
  respond(request: Request): Promise<Response>;
  /** Serves over HTTP on 127.0.0.1; port 0 (the default) takes any free one. */
  listen(port?: number): Promise<Listening>;
  state: TikTokState;
  faults: Faults;
  /** What people do in TikTok's app. */
  users: Users;
  /** Goes through the consent page's forms like a browser. */
  consent(choice: ConsentChoice): Promise<URL>;
  /** Makes TikTok's processing refuse a post whose bytes are not all there yet. */
  failPublish(publish_id: string, fail_reason: FailReason): void;
  webhooks: {
    /** A signed request with this content, ready to be sent to `url`. */
    build(event: string, open_id: string, content: unknown, url?: string): Promise<Request>;
    /** Sends what happened since; what was not answered with 200 is sent again next time. */
    deliver(fetcher?: typeof fetch): Promise<{ delivered: number; failed: number }>;
  };
  /** Settled once no download of a `PULL_FROM_URL` is under way. */
  pullsDone(): Promise<void>;
  /** Ends downloads, and removes the media if no `data_dir` was given. */
  dispose(): Promise<void>;
}

/** A TikTok of one's own; nothing is shared with another one in the same process. */
export function createTikTok(options: TikTokOptions): TikTok {
  const settings = resolveOptions(options);
  const store = openStore(settings);
  const media_dir = makeMediaDir(settings.data_dir);
  const world = makeWorld(settings, store, media_dir);
  const handlers = ROUTES.map((route) => openDoor(world, route));
  resumePulls(world);

  const respond = async (request: Request): Promise<Response> => {
    const bare = request.method === "PUT" ? detachBody(request) : request;
    return await getResponse(handlers, bare) ?? refuseUnknown(world, request);
  };
  const pullsDone = async () => {
    while (world.pulls.size > 0) await Promise.all([...world.pulls.values()].map((p) => p.done));
  };
  return {
    handlers,
    respond,
    listen: (port = 0) => listen(respond, port),
    state: viewState(store, world.calls, world.shown),
    faults: world.faults,
    users: usersOf(world),
    consent,
    failPublish: (publish_id, fail_reason) => {
      failPublish(world, publish_id, fail_reason);
      store.commit();
    },
    webhooks: {
      build: (event, user_openid, content, url = settings.app.webhook_url ?? "") => {
        const create_time = Math.floor(settings.now() / 1000);
        const row = { event, user_openid, content: toJson(content), create_time };
        return buildWebhook(world, row, url);
      },
      deliver: (fetcher = settings.fetch) => deliverWebhooks(world, fetcher),
    },
    pullsDone,
    dispose: async () => {
      for (const { abort } of world.pulls.values()) abort.abort();
      await pullsDone();
      if (settings.data_dir === null) await Deno.remove(media_dir, { recursive: true });
    },
  };
}

function openStore({ data_dir, accounts }: Settings): Store {
  const store = new Store(data_dir);
  if (store.all("accounts").length === 0) {
    for (const account of accounts) store.put("accounts", account.open_id, account);
    store.commit();
  }
  return store;
}

function makeMediaDir(data_dir: string | null): string {
  if (data_dir === null) return Deno.makeTempDirSync({ prefix: "tiktok-" });
  const media_dir = `${data_dir}/media`;
  Deno.mkdirSync(media_dir, { recursive: true });
  return media_dir;
}

/** What TikTok's gateway says to a path that it does not have, a missing last slash included. */
function refuseUnknown(world: World, { method, url }: Request): Response {
  const path = new URL(url).pathname;
  const at = world.settings.now();
  recordCall(world, { method, path, at, status: 404, account: null, reason: "unknown path" });
  return new Response("Unsupported path(Janus)", { status: 404 });
}
