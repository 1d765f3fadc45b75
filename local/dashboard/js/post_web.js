import { byId, el, empty, setText } from "./dom.js";

const max_photos = 35;

const isAddress = (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/*
 * What is shown of an address has its place from the start: it comes when the address is left, which
 * may be by a click on the button below, and that must not move away under the pointer.
 */

/** A video on the web, which TikTok or Nexus fetches; shown as far as this browser can. */
export function createWebVideo({ onChange }) {
  const [address, transfer, preview, blank] = [
    byId("video-url"),
    byId("video-transfer"),
    byId("video-url-preview"),
    byId("video-url-blank"),
  ];
  const read = () => address.value.trim();

  function show() {
    if (isAddress(read())) preview.src = read();
    else empty(preview);
    tell("The video shows here");
    onChange();
  }

  function tell(text) {
    preview.hidden = !preview.hasAttribute("src");
    setText(blank, preview.hidden ? text : "");
  }

  address.addEventListener("change", show);
  preview.addEventListener("error", () => {
    if (!preview.hasAttribute("src")) return;
    empty(preview);
    tell("This browser can't show the video. It can be posted all the same.");
  });
  tell("The video shows here");

  return {
    path: "media.source.url",
    read: () => ({ type: "video", source: { kind: "url", url: read(), transfer: transfer.value } }),
    /** Not a number while unknown. */
    seconds: () => preview.duration,
    name: () => read(),
    /** What is wrong, if anything. */
    check() {
      if (read() === "") return "Enter the address of the video.";
      if (!isAddress(read())) return "Enter a whole address, such as https://example.com/a.mp4.";
    },
    clear() {
      address.value = "";
      show();
    },
    lock(locked) {
      address.disabled = transfer.disabled = locked;
    },
  };
}

/** Photos on the web, which TikTok fetches; the first one is the cover. */
export function createWebPhotos({ onChange }) {
  const [addresses, preview] = [byId("photo-urls"), byId("photos-preview")];
  const read = () => addresses.value.split("\n").map((line) => line.trim()).filter(Boolean);

  function show() {
    const shown = read().filter(isAddress).slice(0, max_photos);
    preview.replaceChildren(...shown.map((src, index) => {
      const name = index === 0 ? "Photo 1, the cover" : `Photo ${index + 1}`;
      const picture = el("img", { src, alt: name });
      picture.addEventListener("error", () => {
        picture.replaceWith(el("span", { class: "blank", text: `${name}: can't be shown here` }));
      });
      return el("li", {}, picture);
    }));
    preview.hidden = shown.length === 0;
    byId("photos-blank").hidden = shown.length > 0;
    onChange();
  }

  addresses.addEventListener("change", show);
  return {
    path: "media.urls",
    read: () => ({ type: "photos", urls: read() }),
    seconds: () => undefined,
    name: () => read().length === 1 ? "A photo" : `${read().length} photos`,
    check() {
      const urls = read();
      if (urls.length === 0) return "Enter the address of at least one photo.";
      if (urls.length > max_photos) {
        return `There can be ${max_photos} photos; these are ${urls.length}.`;
      }
      const wrong = urls.find((url) => !isAddress(url));
      if (wrong) return `This is not a whole address, such as https://example.com/a.jpg: ${wrong}`;
    },
    clear() {
      addresses.value = "";
      show();
    },
    lock(locked) {
      addresses.disabled = locked;
    },
  };
}
