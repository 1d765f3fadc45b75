const days = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const spans = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const units = [["day", 86_400], ["hour", 3_600], ["minute", 60], ["second", 1]];

const whole = new Intl.NumberFormat("en");
const signed = new Intl.NumberFormat("en", { signDisplay: "exceptZero" });

/** What TikTok did not say is not made up. */
export const count = (value) => value === null ? "–" : whole.format(value);
export const signedCount = (value) => value === null ? "–" : signed.format(value);

export function dayAndTime(iso) {
  return days.format(new Date(iso));
}

/** "3 minutes ago", "in 20 seconds". */
export function fromNow(iso, now_ms = Date.now()) {
  const seconds = Math.round((Date.parse(iso) - now_ms) / 1000);
  if (Math.abs(seconds) < 5) return "just now";
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? units.at(-1);
  return spans.format(Math.trunc(seconds / size), unit);
}

/** Decimal units, as TikTok counts. */
export function bytes(count) {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} KB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(1)} GB`;
}

/** 75 becomes "1:15". */
export function duration(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function initials(name) {
  const letters = name.split(/[\s._-]+/).filter(Boolean).map((word) => [...word][0]);
  return letters.slice(0, 2).join("").toUpperCase() || "?";
}

/** How an account is called: its handle, else its name. */
export function handleOf({ username, display_name, platform_user_id }) {
  return username ? `@${username}` : display_name ?? platform_user_id;
}
