import { byId, setText } from "./dom.js";

/** Uploads the video, then sends the post; what was done already is not done again on another try. */
export function createSender({ tiktok }) {
  const [box, bar, words] = [byId("upload"), byId("upload-bar"), byId("upload-words")];
  /** The last file and where it lies: a corrected form does not upload it twice. */
  let uploaded;
  /** The last request and its key: the same one sent again can't become a second post. */
  let sent;

  function show(percent, text) {
    box.hidden = false;
    if (percent === undefined) bar.removeAttribute("value");
    else bar.value = percent;
    setText(words, text);
  }

  async function place(file) {
    if (uploaded?.file === file) return uploaded.source;
    show(0, "Uploading…");
    const source = await tiktok.upload(file, {
      onProgress({ sent_bytes, total_bytes }) {
        const percent = Math.round(100 * sent_bytes / total_bytes);
        show(percent, `Uploading: ${percent} %`);
      },
    });
    uploaded = { file, source };
    return source;
  }

  function keyOf(body) {
    const text = JSON.stringify(body);
    if (sent?.text !== text) sent = { text, key: crypto.randomUUID() };
    return sent.key;
  }

  return {
    /** @param {File} file @param {object} post all of the contract's post but `media` */
    async send(file, post) {
      try {
        const source = await place(file);
        show(undefined, "Checking the video…");
        const body = { ...post, media: { type: "video", source } };
        const job = await tiktok.publish({ ...body, idempotency_key: keyOf(body) });
        // The same form filled in again is meant to be a second post.
        uploaded = sent = undefined;
        return job;
      } finally {
        box.hidden = true;
      }
    },
  };
}
