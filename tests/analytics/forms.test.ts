/** The forms of the answer: CSV for a spreadsheet, and what an account shows that granted less. */

import { equal, match, same } from "../functions/support/assert.ts";
import {
  DAY,
  look,
  makeVideos,
  startAnalyticsWorld,
  tickAll,
  VIDEO_COUNTS,
  VIDEO_LIST,
} from "./support.ts";

/** What somebody may call his videos, and what a spreadsheet would do with it. */
const TITLES = [
  'plain, with a comma and "quotes"',
  '=HYPERLINK("https://evil.example","win")',
  "+49 170",
  "-1+1",
  "@SUM(A1:A9)",
  "  =1+1",
  "\t=1+1",
  "＝1+1",
  "two\nlines",
  "",
];

/** Reads RFC 4180: cells in quotes or bare, rows that end with CRLF. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let rest = text; rest !== "";) {
    const [whole, quoted, bare, end] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/.exec(rest) ??
      [];
    if (whole === undefined) throw new Error(`no cell: ${JSON.stringify(rest.slice(0, 40))}`);
    rows.at(-1)!.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    rest = rest.slice(whole.length);
    if (end === "\r\n" && rest !== "") rows.push([]);
  }
  return rows;
}

Deno.test("CSV has what JSON has, and nothing that a spreadsheet would carry out", async (t) => {
  await using world = await startAnalyticsWorld({
    videos: (now) =>
      makeVideos(0, TITLES.map((_, index) => now - (index + 1) * 1000))
        .map((video, index) => ({ ...video, title: TITLES[index]! })),
  });
  const person = await world.person();
  const connection = await person.connect({ account: world.takeAccount() });
  await tickAll(world);
  await world.skip(DAY);
  await tickAll(world);
  const address = `tiktok-analytics?connection_id=${connection.id}`;
  const json = await look(person, connection.id);
  const csv = await person.get(address, { headers: { accept: "text/csv" } });

  await t.step("it comes as a file", () => {
    equal(csv.status, 200);
    equal(csv.headers.get("content-type"), "text/csv; charset=utf-8");
    match(
      csv.headers.get("content-disposition") ?? "",
      /^attachment; filename="[\w.-]+-analytics-\d{4}-\d\d-\d\d\.csv"$/,
    );
    equal(csv.headers.get("cache-control"), "no-store");
  });
  const [names = [], ...rows] = readCsv(csv.body);
  const records = rows.map((row) => Object.fromEntries(row.map((cell, at) => [names[at]!, cell])));
  await t.step("every reading is a row", () => {
    const readings = json.videos.flatMap(({ id, series }) =>
      series.map((point) => ({ id, point }))
    );
    const told = records.filter(({ kind }) => kind === "video");
    same(
      told.map((row) => [row.video_id, row.taken_at, ...VIDEO_COUNTS.map((name) => row[name])]),
      readings.map(({ id, point }) => [
        id,
        point.taken_at,
        ...VIDEO_COUNTS.map((name) => String(point[name as keyof typeof point])),
      ]),
    );
    const profile = records.filter(({ kind }) => kind === "profile");
    same(
      profile.map(({ taken_at, follower_count }) => [taken_at, follower_count]),
      json.profile.series.map((point) => [point.taken_at, String(point.follower_count)]),
    );
  });
  await t.step("titles are there to the letter, and none begins as a formula does", () => {
    const titles = json.videos.map(({ id }) => records.find((row) => row.video_id === id)?.title);
    same(titles, TITLES.map((title) => /^\s*[=+\-@＝]/.test(title) ? `'${title}` : title));
    for (const cell of rows.flat()) {
      if (/^-?\d+$/.test(cell)) continue;
      equal(/^\s*[=+\-@＝＋－＠]/.test(cell), false, cell);
    }
  });
  await t.step("who does not ask for it gets JSON", async () => {
    for (const accept of ["*/*", "application/json, text/csv", "text/csv;q=0", "text/html"]) {
      const { headers } = await person.get(address, { headers: { accept } });
      equal(headers.get("content-type"), "application/json", accept);
    }
    const { headers } = await person.get(address, {
      headers: { accept: "text/csv, application/json;q=0.5" },
    });
    match(headers.get("content-type") ?? "", /^text\/csv/);
  });
});

Deno.test("an account that granted no figures is told what to grant, and not asked for them", async (t) => {
  await using world = await startAnalyticsWorld();
  const person = await world.person();
  for (
    const { scopes, missing } of [
      { scopes: ["user.info.basic"], missing: ["user.info.stats", "video.list"] },
      { scopes: ["user.info.basic", "user.info.stats"], missing: ["video.list"] },
      { scopes: ["user.info.basic", "video.list"], missing: ["user.info.stats"] },
    ]
  ) {
    await t.step(scopes.join(", "), async () => {
      const account = world.takeAccount();
      const connection = await person.connect({ account, scopes });
      await tickAll(world);
      const answer = await look(person, connection.id);
      same(answer.missing_scopes, missing);
      const hasStats = !missing.includes("user.info.stats");
      equal(answer.profile.series.length, hasStats ? 1 : 0);
      equal(answer.profile.follower_count === null, !hasStats);
      equal(answer.profile.change === null, !hasStats);
      same(answer.videos, []);
      equal(world.calls(VIDEO_LIST, account) > 0, !missing.includes("video.list"));
    });
  }
});
