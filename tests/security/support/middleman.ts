/** A server in TikTok's place: hands on what it gets, unless a test wants to answer itself. */

import type { Stage } from "./stage.ts";

export type Middleman = {
  origin: string;
  /** Answers a request, or lets it pass with null. */
  intercept: (request: Request) => Promise<Response | null> | Response | null;
};

/** The functions speak to it for as long as the attack takes. */
export function placeMiddleman(stage: Stage): Middleman {
  const { tiktok } = stage.world;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => await middleman.intercept(request) ?? await tiktok.respond(request),
  );
  const middleman: Middleman = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    intercept: () => null,
  };
  stage.setEnv("TIKTOK_API_URL", middleman.origin);
  stage.defer(() => server.shutdown());
  return middleman;
}
