import assert from "node:assert/strict";
import fc from "fast-check";
import { parseExactJson } from "../../supabase/functions/_shared/tiktok/index.ts";

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
