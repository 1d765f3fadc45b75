import { byId, setText } from "./dom.js";

/**
 * Uploads the video if it is a file, then sends the post. What was done already is not done again on
 * another try.
 */
export function createSender({ tiktok }) {
  const [box, bar, words] = [byId("upload"), byId("upload-bar"), byId("upload-words")];
  const stop = byId("upload-stop");
  /** The last file and where it lies: a corrected form does not upload it twice. */
  let uploaded;
  /** The last request and its key: the same one sent again can't become a second post. */
  let sent;
  let going = new AbortController();

  stop.addEventListener("click", () => going.abort());

  function show(percent, text) {
    box.hidden = false;
    if (percent === undefined) bar.removeAttribute("value");
    else bar.value = percent;
    setText(words, text);
  }

  async function place(media, signal) {
    if (media.source?.kind !== "file") return media;
    const { file } = media.source;
    if (uploaded?.file === file) return { ...media, source: uploaded.source };
    show(0, "Uploading…");
    stop.hidden = false;
    const source = await tiktok.upload(file, {
      signal,
      onProgress({ sent_bytes, total_bytes }) {
        const percent = Math.round(100 * sent_bytes / total_bytes);
        show(percent, `Uploading: ${percent} %`);
      },
    });
    uploaded = { file, source };
    return { ...media, source };
  }

  function keyOf(body) {
    const text = JSON.stringify(body);
    if (sent?.text !== text) sent = { text, key: crypto.randomUUID() };
    return sent.key;
  }

  return {
    /**
     * @param {object} post the client's post, without a key
     * @returns {Promise<object | undefined>} its job; nothing if the upload was stopped
     */
    async send(post) {
      going = new AbortController();
      const { signal } = going;
      stop.hidden = true;
      try {
        const media = await place(post.media, signal);
        // From here on Nexus has it.
        stop.hidden = true;
        show(undefined, "Checking it…");
        const body = { ...post, media };
        const job = await tiktok.publish({ ...body, idempotency_key: keyOf(body) }, { signal });
        // The same form filled in again is meant to be a second post.
        uploaded = sent = undefined;
        return job;
      } catch (error) {
        if (error !== signal.reason) throw error;
      } finally {
        box.hidden = true;
      }
    },
    /** Ends what is under way, and forgets what was: somebody else may come. */
    reset() {
      going.abort();
      uploaded = sent = undefined;
    },
  };
}
