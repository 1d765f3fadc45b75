import { byId, el } from "./dom.js";

const max_photos = 35;

/** A video on the web, which TikTok or Nexus fetches; shown as far as this browser can. */
export function createWebVideo({ onChange }) {
  const [address, transfer, preview] = [
    byId("video-url"),
    byId("video-transfer"),
    byId("video-url-preview"),
  ];
  const read = () => address.value.trim();

  function show() {
    const is_address = URL.canParse(read());
    preview.hidden = !is_address;
    if (is_address) preview.src = read();
    else preview.removeAttribute("src");
    onChange();
  }

  address.addEventListener("change", show);
  preview.addEventListener("loadedmetadata", onChange);
  return {
    read: () =>
      read() === ""
        ? undefined
        : { type: "video", source: { kind: "url", url: read(), transfer: transfer.value } },
    /** Not a number while unknown. */
    seconds: () => preview.duration,
    missing: "Enter the address of the video.",
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
    const shown = read().filter((url) => URL.canParse(url)).slice(0, max_photos);
    preview.replaceChildren(...shown.map((src, index) => {
      const alt = index === 0 ? "Photo 1, the cover" : `Photo ${index + 1}`;
      return el("li", {}, el("img", { src, alt }));
    }));
    preview.hidden = shown.length === 0;
    onChange();
  }

  addresses.addEventListener("change", show);
  return {
    read: () => read().length === 0 ? undefined : { type: "photos", urls: read() },
    seconds: () => undefined,
    missing: "Enter the address of at least one photo.",
    clear() {
      addresses.value = "";
      show();
    },
    lock(locked) {
      addresses.disabled = locked;
    },
  };
}
