/** Answers from elsewhere, read no further than makes sense. */

/** The text of an answer; null for one of more than `most_bytes`, which is broken off there. */
export async function readBounded(response: Response, most_bytes: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let text = "";
  let read_bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    read_bytes += next.value.byteLength;
    if (read_bytes > most_bytes) {
      await reader.cancel();
      return null;
    }
    text += decoder.decode(next.value, { stream: true });
  }
  return text + decoder.decode();
}
