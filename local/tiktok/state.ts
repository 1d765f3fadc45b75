import type { Account, Post, Publish, Put, Upload, WebhookEvent } from "./records.ts";
import { Store } from "./store.ts";
import type { Call, Shown } from "./world.ts";

/** What tests look at. Each read is a fresh list of the rows as they are then. */
export interface TikTokState {
  readonly accounts: Account[];
  /** Everything on anybody's profile that came through the API. */
  readonly posts: Post[];
  /** One for each init that was accepted. */
  readonly publishes: Publish[];
  readonly uploads: (Upload & { puts: Put[] })[];
  readonly events: WebhookEvent[];
  /** The newest 10,000 requests since the start. */
  readonly calls: Call[];
  /** The newest 20,000 answers of the Display API. */
  readonly shown: Shown[];
  /** How many inits were accepted. */
  readonly inits: number;
  /** Every code, token, upload token and upload URL that was ever given out. */
  issuedSecrets(): string[];
}

export function viewState(store: Store, calls: Call[], shown: Shown[]): TikTokState {
  return {
    get accounts() {
      return store.all("accounts");
    },
    get posts() {
      return store.all("posts");
    },
    get publishes() {
      return store.all("publishes");
    },
    get uploads() {
      const puts = Map.groupBy(store.all("puts"), ({ upload_id }) => upload_id);
      return store.all("uploads").map((upload) => ({
        ...upload,
        puts: puts.get(upload.upload_id) ?? [],
      }));
    },
    get events() {
      return store.all("events");
    },
    get calls() {
      return [...calls];
    },
    get shown() {
      return [...shown];
    },
    get inits() {
      return store.all("publishes").length;
    },
    issuedSecrets: () => [
      ...store.all("codes").map(({ code }) => code),
      ...store.all("tokens").map(({ token }) => token),
      ...store.all("uploads").flatMap(({ upload_token, upload_url }) => [upload_token, upload_url]),
    ],
  };
}

/** What a stand-in on this folder has committed; it may be running in another process. */
export function readTikTokState(data_dir: string): TikTokState {
  return viewState(new Store(data_dir, "read"), [], []);
}
