import { byId, el, setText } from "./dom.js";

const privacy_words = {
  PUBLIC_TO_EVERYONE: "Everyone",
  FOLLOWER_OF_CREATOR: "Followers",
  MUTUAL_FOLLOW_FRIENDS: "Friends: followers you follow back",
  SELF_ONLY: "Only me",
};
/** Units of UTF-16, as TikTok counts them and as a string's length does. */
const max_caption_units = { video: 2200, photos: 4000 };
const max_title_units = 90;

const private_brand = "Branded content visibility cannot be set to private.";
export const undecided_brand =
  "You need to indicate if your content promotes yourself, a third party, or both.";

const music = ["Music Usage Confirmation", "music-usage-confirmation"];
const branded = ["Branded Content Policy", "bc-policy"];

/**
 * What a direct post says about itself. The rules and their wording are TikTok's:
 * https://developers.tiktok.com/doc/content-sharing-guidelines
 * @param {() => void} onChange
 */
export function createPostOptions(onChange) {
  const [title, caption] = [byId("title"), byId("caption")];
  const [privacy, disclose] = [byId("privacy"), byId("disclose")];
  const [organic, content, ai] = [
    byId("brand-organic"),
    byId("brand-content"),
    byId("ai-generated"),
  ];
  const video_only = ["allow_duet", "allow_stitch", "ai_generated"]
    .map((name) => document.querySelector(`[data-field="post.${name}"]`));
  const switches = ["comment", "duet", "stitch"].map((name) => ({
    name,
    input: byId(`allow-${name}`),
  }));

  /** Photos know a title and comments, and none of what is a video's alone. */
  let is_photos = false;
  const maxCaption = () => max_caption_units[is_photos ? "photos" : "video"];

  /** @param {object | undefined} creator TikTok's latest word */
  function offer(creator) {
    const chosen = privacy.value;
    const levels = creator?.privacy_level_options ?? [];
    privacy.replaceChildren(
      el("option", { value: "", text: "Choose…", disabled: true, selected: true }),
      ...levels.map((level) => el("option", { value: level, text: privacy_words[level] ?? level })),
    );
    privacy.disabled = levels.length === 0;
    // Only what the user chose himself is kept, and only while it is offered.
    privacy.value = levels.includes(chosen) ? chosen : "";
    for (const { name, input } of switches) {
      const off = creator?.[`${name}_disabled`] ?? false;
      input.disabled = off;
      if (off) input.checked = false;
    }
    settle();
  }

  /** Keeps what depends on each other in step. */
  function settle() {
    const { length } = caption.value;
    byId("caption-count").textContent = `${length} of ${maxCaption()}`;
    byId("caption-count").classList.toggle("over", length > maxCaption());
    for (const node of video_only) node.hidden = is_photos;
    byId("title-field").hidden = !is_photos;
    const off = switches.filter(({ input }) => input.disabled && !input.closest("[hidden]"))
      .map(({ name }) => name);
    const hint = off.length > 0 ? `Turned off in this account's settings: ${off.join(", ")}.` : "";
    setText(byId("switches-hint"), hint);
    byId("brands").hidden = !disclose.checked;
    disclose.setAttribute("aria-expanded", String(disclose.checked));
    if (!disclose.checked) organic.checked = content.checked = false;

    const only_me = [...privacy.options].find(({ value }) => value === "SELF_ONLY");
    if (only_me) {
      only_me.disabled = content.checked;
      only_me.title = content.checked ? private_brand : "";
    }
    content.disabled = privacy.value === "SELF_ONLY";
    content.title = content.disabled ? private_brand : "";
    byId("brand-hint").textContent = brandHint();
    onChange();
  }

  function brandHint() {
    const what = is_photos ? "photo" : "video";
    if (content.checked) {
      return `Your ${what} will be labeled as 'Paid partnership'. ${private_brand}`;
    }
    if (organic.checked) return `Your ${what} will be labeled as 'Promotional content'.`;
    return content.disabled ? `${undecided_brand} ${private_brand}` : undecided_brand;
  }

  for (const input of [caption, privacy, disclose, organic, content]) {
    input.addEventListener("input", settle);
  }

  const readPhotosOnly = () => title.value.trim() === "" ? {} : { title: title.value };
  const readVideoOnly = () => ({
    allow_duet: byId("allow-duet").checked,
    allow_stitch: byId("allow-stitch").checked,
    ai_generated: ai.checked,
  });

  return {
    offer,
    /** @param {boolean} photos whether it is photos, and no video, that are posted */
    suit(photos) {
      is_photos = photos;
      settle();
    },
    isBegun: () => caption.value !== "" || title.value !== "",
    isUndecided: () => disclose.checked && !organic.checked && !content.checked,
    /** @returns {{path: string, message: string}[]} what can be told before anything is sent */
    check() {
      const errors = [];
      if (!privacy.value) {
        errors.push({ path: "post.privacy_level", message: "Choose who can see the post." });
      }
      if (caption.value.length > maxCaption()) {
        const message = `The caption is longer than ${maxCaption()} characters.`;
        errors.push({ path: "post.caption", message });
      }
      if (is_photos && title.value.length > max_title_units) {
        const message = `The title is longer than ${max_title_units} characters.`;
        errors.push({ path: "post.title", message });
      }
      return errors;
    },
    /** `post` of the contract. */
    read: () => ({
      caption: caption.value,
      privacy_level: privacy.value,
      allow_comment: byId("allow-comment").checked,
      brand_organic: organic.checked,
      brand_content: content.checked,
      ...(is_photos ? readPhotosOnly() : readVideoOnly()),
    }),
    clear() {
      title.value = caption.value = privacy.value = "";
      for (const input of [disclose, organic, content, ai, ...switches.map(({ input }) => input)]) {
        input.checked = false;
      }
      settle();
    },
  };
}

/** What the user agrees to by pressing the button. */
export function showConsent(place, is_branded) {
  const links = (is_branded ? [branded, music] : [music]).map(([text, page]) =>
    el("a", {
      href: `https://www.tiktok.com/legal/page/global/${page}/en`,
      target: "_blank",
      rel: "noopener noreferrer",
      text,
    })
  );
  const between = links.flatMap((link, index) => index === 0 ? [link] : [" and ", link]);
  place.replaceChildren("By posting, you agree to TikTok's ", ...between, ".");
}
