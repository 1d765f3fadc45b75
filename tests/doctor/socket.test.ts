/** The handshake with Realtime: it was taken for granted, although the embedded host answers 404. */

import assert from "node:assert/strict";
import { opensSocket } from "../../local/doctor/socket.ts";
import { Project } from "./support.ts";

type Answer = (request: Request) => Response | Promise<Response>;

async function knockAt(answer: Answer): Promise<boolean> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  try {
    return await opensSocket(`ws://127.0.0.1:${server.addr.port}/?apikey=x`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("a socket that opens", async () => {
  const closed = Promise.withResolvers<void>();
  const opens = await knockAt((request) => {
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onclose = () => closed.resolve();
    return response;
  });
  assert.equal(opens, true);
  await closed.promise;
});

Deno.test("an address without a socket", async () => {
  assert.equal(await knockAt(() => new Response("", { status: 404 })), false);
});

Deno.test("an address that does not answer in time", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert.equal(await opensSocket(`ws://127.0.0.1:${listener.addr.port}/`, 50), false);
});

Deno.test("nobody at the address", async () => {
  assert.equal(await opensSocket("ws://127.0.0.1:1/"), false);
});

Deno.test("the project's socket is asked with its publishable key, which is not shown", async () => {
  await using project = await Project.start();
  const asked: URL[] = [];
  const { text } = await project.examine({
    opensSocket: (url) => {
      asked.push(new URL(url));
      return Promise.resolve(false);
    },
  });
  const [url] = asked;
  const { host } = project.world;
  assert.equal(url?.origin, new URL(host.url).origin.replace("http", "ws"));
  assert.equal(url?.pathname, "/realtime/v1/websocket");
  assert.equal(url?.searchParams.get("apikey"), host.keys.publishable);
  assert.equal(url?.searchParams.get("vsn"), "1.0.0");
  assert.doesNotMatch(text, /apikey|sb_/);
});
