/** Methods, both prefixes of a path, and CORS: what a browser meets before any operation. */

import { equal, isProblem, ok, same } from "./support/assert.ts";
import { METHODS, nameOf, SCHEDULE_ENDPOINTS, USER_ENDPOINTS } from "./support/endpoints.ts";
import { startWorld } from "./support/world.ts";

const PAGES = "https://app.nexus.example/connected,https://beta.nexus.example:8443/tiktok/done";

Deno.test("a method that is not listed gets 405 with the listed ones in Allow", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  for (const [slug, methods] of Object.entries(METHODS)) {
    const forUsers = USER_ENDPOINTS.some(({ path }) => path.startsWith(slug));
    const allowed = forUsers ? [...methods, "OPTIONS"] : methods;
    const others = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "constructor"]
      .filter((method) => !allowed.includes(method));
    for (const method of others) {
      await t.step(`${method} ${slug}`, async () => {
        for (const caller of [world.anyone, person, world.schedule]) {
          const answer = await caller.call(method, slug);
          isProblem(answer, 405, "method_not_allowed");
          same(answer.headers.get("allow")?.split(", ").sort(), [...allowed].sort());
        }
      });
    }
    await t.step(`HEAD ${slug}`, async () => {
      const answer = await person.call("HEAD", slug);
      equal(answer.status, 405);
      ok(answer.headers.get("allow"));
    });
  }
});

Deno.test("a function is reached as /<slug> and as /functions/v1/<slug>", async (t) => {
  await using world = await startWorld();
  const person = await world.person();
  for (const slug of Object.keys(METHODS)) {
    const { default: door } = await import(`../../supabase/functions/${slug}/index.ts`);
    for (const prefix of ["", "/functions/v1", "/some/gateway"]) {
      await t.step(`${prefix}/${slug}`, async () => {
        const isSchedule = SCHEDULE_ENDPOINTS.some(({ path }) => path === slug);
        const request = new Request(`https://project.example${prefix}/${slug}`, {
          method: slug === "tiktok-creator" ? "GET" : "POST",
          headers: isSchedule ? world.schedule.headers : person.headers,
        });
        const answer: Response = await door.fetch(request);
        await answer.body?.cancel();
        // Past method and gate: what is left is the empty input (and TikTok's signature).
        const past = slug === "tiktok-webhook" ? [401] : [200, 400];
        ok(past.includes(answer.status), `${answer.status}`);
      });
    }
  }
});

Deno.test("CORS: the origins of NEXUS_REDIRECT_URLS, and no other", async (t) => {
  await using world = await startWorld({ env: { NEXUS_REDIRECT_URLS: PAGES } });
  const person = await world.person();
  const cors = (headers: Headers) =>
    [...headers.keys()].filter((name) => name.startsWith("access-control-allow"));

  for (const origin of ["https://app.nexus.example", "https://beta.nexus.example:8443"]) {
    for (const endpoint of USER_ENDPOINTS) {
      await t.step(
        `${nameOf(endpoint)} echoes ${origin} in answer, refusal and preflight`,
        async () => {
          const init = { headers: { origin } };
          const answers = [
            await person.call(endpoint.method, endpoint.path, init),
            await world.anyone.call(endpoint.method, endpoint.path, init),
            await world.anyone.call("OPTIONS", endpoint.path, init),
            await person.call("PATCH", endpoint.path, init),
          ];
          for (const { status, headers } of answers) {
            equal(headers.get("access-control-allow-origin"), origin, `at ${status}`);
            equal(headers.get("vary"), "Origin", `at ${status}`);
            equal(headers.get("access-control-allow-credentials"), null);
          }
        },
      );
    }
  }
  await t.step("a preflight tells methods and headers, and asks for no credential", async () => {
    const answer = await world.anyone.call("OPTIONS", "tiktok-publish", {
      headers: {
        origin: "https://app.nexus.example",
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "authorization,apikey,content-type,x-client-info",
      },
    });
    equal(answer.status, 204);
    equal(answer.headers.get("access-control-allow-methods"), "POST, GET, DELETE, OPTIONS");
    const allowed = answer.headers.get("access-control-allow-headers")?.split(", ") ?? [];
    for (const name of ["authorization", "apikey", "content-type", "x-client-info", "accept"]) {
      ok(allowed.includes(name), name);
    }
  });
  const foreign = [
    "https://evil.example",
    "http://app.nexus.example",
    "https://app.nexus.example:8443",
    "https://app.nexus.example.evil.example",
    "https://sub.app.nexus.example",
    "https://APP.nexus.example",
    "null",
    "*",
  ];
  for (const origin of foreign) {
    await t.step(`${origin} gets no permission, and caches are told`, async () => {
      for (const endpoint of USER_ENDPOINTS) {
        for (const method of [endpoint.method, "OPTIONS"]) {
          const answer = await person.call(method, endpoint.path, { headers: { origin } });
          same(cors(answer.headers), []);
          equal(answer.headers.get("vary"), "Origin");
        }
      }
    });
  }
  await t.step("an answer without an origin varies by it all the same", async () => {
    const answer = await person.post("tiktok-initiate", {});
    same(cors(answer.headers), []);
    equal(answer.headers.get("vary"), "Origin");
  });
  await t.step("the schedule and the browser's redirect get none", async () => {
    const init = { headers: { origin: "https://app.nexus.example" } };
    for (const { path } of SCHEDULE_ENDPOINTS) {
      same(cors((await world.schedule.post(path, {}, init)).headers), []);
      same(cors((await world.anyone.post(path, {}, init)).headers), []);
    }
    same(cors((await world.anyone.get("tiktok-callback?state=x", init)).headers), []);
  });
});
