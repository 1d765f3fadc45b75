import assert from "node:assert/strict";
import fc from "fast-check";
import { readForm } from "../../local/host/storage/multipart.ts";
import { chooseBytes } from "../../local/host/storage/range.ts";

/** Cuts bytes at the given places, as a network may. */
function cut(bytes: Uint8Array, sizes: number[]): ReadableStream<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? bytes.length;
    chunks.push(bytes.slice(at, at + size));
    at += size;
  }
  return ReadableStream.from(chunks);
}

Deno.test("a form's file comes out to the byte, however its chunks are cut", async () => {
  await fc.assert(fc.asyncProperty(
    // Bytes that look like the beginning of a boundary are the ones that go wrong.
    fc.array(fc.constantFrom(13, 10, 45, 65, 0, 255), { maxLength: 300 }),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
    async (content, sizes) => {
      const form = new FormData();
      form.append("cacheControl", "3600");
      form.append("metadata", '{"a":"ü"}');
      form.append("", new Blob([new Uint8Array(content)], { type: "video/mp4" }), "x.mp4");
      form.append("after", "ignored");
      const request = new Request("http://x/", { method: "POST", body: form });
      const type = request.headers.get("content-type") ?? "";
      const read = await readForm(cut(await request.bytes(), sizes), type);
      assert.deepEqual(read.fields, { cacheControl: "3600", metadata: '{"a":"ü"}' });
      assert.equal(read.file_type, "video/mp4");
      assert.deepEqual([...await new Response(read.file).bytes()], content);
    },
  ));
});

Deno.test("a form that is cut off, has no file or no boundary is malformed", async () => {
  const bytes = (text: string) => cut(new TextEncoder().encode(text), [7]);
  const type = "multipart/form-data; boundary=X";
  const head = 'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n';
  const { file } = await readForm(bytes(`--X\r\n${head}abc`), type);
  await assert.rejects(new Response(file).bytes());
  const no_file = '--X\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--X--\r\n';
  await assert.rejects(readForm(bytes(no_file), type), /no file|ends before/);
  await assert.rejects(readForm(bytes("x"), "multipart/form-data"), /boundary/);
  const long = `--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n${"b".repeat(1_100_000)}`;
  await assert.rejects(readForm(new Blob([long]).stream(), type), /too long/);
});

Deno.test("a satisfiable range always lies within the object", () => {
  const end = fc.oneof(fc.constant(""), fc.nat(200).map(String));
  fc.assert(fc.property(end, end, fc.nat(150), (from, to, size_bytes) => {
    const wanted = chooseBytes(new Headers({ range: `bytes=${from}-${to}` }), size_bytes, '"e"');
    if (wanted.kind !== "part") return;
    assert.ok(0 <= wanted.first && wanted.first <= wanted.last && wanted.last < size_bytes);
    if (from !== "") assert.equal(wanted.first, Number(from));
  }));
});
