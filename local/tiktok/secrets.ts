import type { Settings } from "./options.ts";

/** Everything that the stand-in makes up, in the forms that TikTok's samples have. */
export class Minter {
  constructor(private readonly settings: Pick<Settings, "random" | "now">) {}

  /** Holds `*` and `!`, which a client must decode and encode exactly once. */
  code(): string {
    return `${this.#text(48)}*1!${this.#digits(4)}.va`;
  }

  accessToken(): string {
    return `act.${this.#text(56)}!${this.#digits(4)}.va`;
  }

  refreshToken(): string {
    return `rft.${this.#text(56)}!${this.#digits(4)}.va`;
  }

  clientToken(): string {
    return `clt.${this.#text(48)}`;
  }

  uploadToken(): string {
    return this.#text(36);
  }

  uploadId(): string {
    return this.#id();
  }

  publishId(media: "video" | "photos", mode: "direct" | "draft", source: string): string {
    const kind = mode === "draft" ? "inbox" : "pub";
    const via = source === "FILE_UPLOAD" ? "file" : "url";
    return `${media === "video" ? "v" : "p"}_${kind}_${via}~v2-1.${this.#id()}`;
  }

  postId(): string {
    return this.#id();
  }

  /** `yyyymmddhhmmss` and hex, as in TikTok's samples. */
  logId(): string {
    const stamp = new Date(this.settings.now()).toISOString().replace(/\D/g, "").slice(0, 14);
    return stamp + this.#hex(9).toUpperCase();
  }

  /** 19 digits that `JSON.parse` would round, so that a careless reader is found out. */
  #id(): string {
    const digits = `7${this.#digits(18)}`;
    return String(Number(digits)) === digits || BigInt(Number(digits)) === BigInt(digits)
      ? this.#id()
      : digits;
  }

  #text(length: number): string {
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return [...this.settings.random(length)].map((byte) => alphabet[byte % 64]).join("");
  }

  #digits(length: number): string {
    return [...this.settings.random(length)].map((byte) => byte % 10).join("");
  }

  #hex(size_bytes: number): string {
    return [...this.settings.random(size_bytes)]
      .map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
