import assert from "node:assert/strict";
import fc from "fast-check";
import {
  isIntact,
  parseExactJson,
  parseStorableJson,
} from "../../supabase/functions/_shared/tiktok/exact_json.ts";

Deno.test("a 19-digit id keeps its digits", () => {
  const raw = '{"publicaly_available_post_id":[7678907398077074696]}';
  assert.deepEqual(parseExactJson(raw), { publicaly_available_post_id: ["7678907398077074696"] });
});

Deno.test("every integer keeps its digits, as a number where that can hold them", () => {
  fc.assert(fc.property(fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }), (integer) => {
    const parsed = parseExactJson(`{"id":[${integer}]}`) as { id: [unknown] };
    assert.equal(String(parsed.id[0]), String(integer));
    assert.equal(typeof parsed.id[0], Number.isSafeInteger(Number(integer)) ? "number" : "string");
  }));
});

Deno.test("all other JSON reads as JSON.parse reads it", () => {
  const without_large_integers = fc.json().filter((text) => !/\d{16}/.test(text));
  fc.assert(fc.property(without_large_integers, (text) => {
    assert.deepEqual(parseExactJson(text), JSON.parse(text));
  }));
});

Deno.test("what is not JSON throws a SyntaxError", () => {
  assert.throws(() => parseExactJson("<html>"), SyntaxError);
});

Deno.test("text that no database takes is mended, and known to have been", () => {
  const raw = String
    .raw`{"id":7678907398077074696,"title":"a\u0000b\ud83dc","whole":"\ud83d\ude00"}`;
  const parsed = parseStorableJson(raw) as { id: string; title: string; whole: string };
  assert.deepEqual(parsed, { id: "7678907398077074696", title: "a\uFFFDb\uFFFDc", whole: "😀" });
  assert.deepEqual([isIntact(parsed.title), isIntact(parsed.whole)], [false, true]);
});

Deno.test("whatever text is sent, what is read can be stored, and is the same where it could be before", () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }))
    .map((codes) => String.fromCharCode(...codes));
  fc.assert(fc.property(units, (text) => {
    const read = parseStorableJson(JSON.stringify([text])) as [string];
    assert.ok(read[0].isWellFormed() && !read[0].includes("\0"));
    if (text.isWellFormed() && !text.includes("\0")) assert.equal(read[0], text);
  }));
});
