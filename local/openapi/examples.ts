/**
 * The examples of the document. They are one story, told in this order: a test sends each to a running
 * host, and holds what comes back against what stands here.
 */

/** Stands for what every run has of its own; the test puts that in its place. */
export const PLACEHOLDERS = {
  user_id: "5b0c7f6e-2f0a-4d55-9c0e-0a2f6f1f3b11",
  connection_id: "0f8b6a52-7a0e-4c3f-8f1d-3c6a9d2e4b70",
  job_id: "c1f4d2a8-91b3-4e6d-a7c5-2e8f0b9d6a13",
  cancelled_job_id: "7e2a9b04-5d1c-4f38-b6e9-8c0d3f7a1e25",
  state: "zCM6roC6tUYqcGguPPf7ayyTiZ3CDuEQn9A84m8mJdk",
  refused_state: "Yx2mT0bqk7Zr4wVhJ9dLs8PfQeNu1Ga6Ci3Ko5RtE0M",
  code: "v7Qk3mXw9sT1bR5nZ8cJ2yL6",
} as const;

export type Example = {
  /** Of the operation it belongs to. */
  operation: string;
  name: string;
  summary: string;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  /** JSON, or the text of another kind. */
  answer?: unknown;
};

const { user_id, connection_id, job_id, cancelled_job_id, state, refused_state, code } =
  PLACEHOLDERS;

const REDIRECT_TO = "https://nexus.example.com/connections";
const SCOPES = [
  "user.info.basic",
  "user.info.profile",
  "user.info.stats",
  "video.list",
  "video.upload",
  "video.publish",
];

const available = { available: true, reason: null, missing_scopes: [] };

const CONNECTION = {
  id: connection_id,
  platform: "tiktok",
  platform_user_id: "-000A1daFilmsOpenIdOnlyForThisApp01",
  username: "ada.films",
  display_name: "Ada Films",
  avatar_url: "https://p16.tiktokcdn.example/avatar/ada.jpeg",
  scopes: SCOPES,
  status: "active",
  capabilities: {
    direct_post: available,
    draft: available,
    profile_stats: available,
    video_stats: available,
  },
  connected_at: "2026-12-01T09:00:00.000Z",
  last_refreshed_at: null,
  last_error: null,
};

const VIDEO = {
  type: "video",
  source: { kind: "storage", bucket: "videos", path: `${user_id}/clip.mp4` },
};

const POST = { caption: "Our new collection #launch", privacy_level: "SELF_ONLY" };

const JOB = {
  id: job_id,
  connection_id,
  status: "queued",
  publish_id: null,
  post_ids: [],
  bytes_total: 580044,
  bytes_sent: 0,
  attempts: 0,
  scheduled_at: null,
  next_attempt_at: "2026-12-01T09:05:00.000Z",
  error: null,
  created_at: "2026-12-01T09:05:00.000Z",
  updated_at: "2026-12-01T09:05:00.000Z",
};

const REQUEST_ID = "1d7c0e5a-63b4-4f0e-9a55-c2f7d1b8e940";

export const EXAMPLES: Example[] = [
  {
    operation: "initiateConnection",
    name: "everything",
    summary: "Ask for all that Nexus can use",
    body: { redirect_to: REDIRECT_TO },
    status: 200,
    answer: {
      authorization_url: "https://www.tiktok.com/v2/auth/authorize/?client_key=aw0k&state=" + state,
      state,
      expires_at: "2026-12-01T09:10:00.000Z",
      scopes: SCOPES,
    },
  },
  {
    operation: "initiateConnection",
    name: "unknown_scope",
    summary: "A scope that TikTok does not have",
    body: { scopes: ["video.delete"] },
    status: 400,
    answer: {
      type: "about:blank",
      title: "The request is not valid",
      status: 400,
      detail: "Unknown scopes: video.delete.",
      code: "invalid_request",
      request_id: REQUEST_ID,
      errors: [{ path: "scopes", message: "video.delete is not a scope" }],
    },
  },
  {
    operation: "forwardRedirect",
    name: "agreed",
    summary: "The user agreed",
    query: { state, code, scopes: SCOPES.join(",") },
    status: 303,
  },
  {
    operation: "completeConnection",
    name: "refused",
    summary: "The user refused",
    body: { state: refused_state, error: "access_denied" },
    status: 403,
    answer: {
      type: "about:blank",
      title: "The user refused the connection",
      status: 403,
      detail: "The user did not agree to connect the account.",
      code: "access_denied",
      request_id: REQUEST_ID,
      tiktok_code: "access_denied",
    },
  },
  {
    operation: "completeConnection",
    name: "agreed",
    summary: "The user agreed",
    body: { state, code },
    status: 200,
    answer: { connection: CONNECTION },
  },
  {
    operation: "completeConnection",
    name: "used_state",
    summary: "A state that was used before",
    body: { state, code },
    status: 400,
    answer: {
      type: "about:blank",
      title: "The state is unknown, used or expired",
      status: 400,
      detail: "The state is unknown, used, expired or another user's. Start the connection again.",
      code: "state_invalid",
      request_id: REQUEST_ID,
    },
  },
  {
    operation: "readCreator",
    name: "creator",
    summary: "What Ada may post",
    query: { connection_id },
    status: 200,
    answer: {
      creator: {
        nickname: "Ada Films",
        username: "ada.films",
        avatar_url: "https://p16.tiktokcdn.example/avatar/ada.jpeg",
        privacy_level_options: ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"],
        comment_disabled: false,
        duet_disabled: false,
        stitch_disabled: false,
        max_video_duration_seconds: 600,
        can_post: true,
        reason: null,
      },
    },
  },
  {
    operation: "publish",
    name: "dry_run",
    summary: "Check a post",
    body: { connection_id, media: VIDEO, mode: "direct", post: POST, dry_run: true },
    status: 200,
    answer: {
      dry_run: true,
      checks: [
        {
          name: "container",
          ok: true,
          severity: "error",
          path: "media.source.path",
          message: "The video is an MP4 or a MOV.",
        },
      ],
    },
  },
  {
    operation: "publish",
    name: "video",
    summary: "Post a video from Storage",
    body: {
      connection_id,
      media: VIDEO,
      mode: "direct",
      post: { ...POST, allow_comment: true },
      idempotency_key: "launch-video",
    },
    status: 202,
    answer: { job: JOB },
  },
  {
    operation: "publish",
    name: "repeated",
    summary: "The same again: still one post",
    body: {
      connection_id,
      media: VIDEO,
      mode: "direct",
      post: { ...POST, allow_comment: true },
      idempotency_key: "launch-video",
    },
    status: 200,
    answer: { job: JOB },
  },
  {
    operation: "publish",
    name: "draft_later",
    summary: "A draft, at a time",
    body: { connection_id, media: VIDEO, mode: "draft", scheduled_at: "2027-01-01T09:00:00+01:00" },
    status: 202,
    answer: {
      job: {
        ...JOB,
        id: cancelled_job_id,
        scheduled_at: "2027-01-01T08:00:00.000Z",
        next_attempt_at: "2027-01-01T08:00:00.000Z",
      },
    },
  },
  {
    operation: "publish",
    name: "no_privacy_level",
    summary: "Nobody said who may see it",
    body: { connection_id, media: VIDEO, mode: "direct", post: { caption: "Hello" } },
    status: 400,
    answer: {
      type: "about:blank",
      title: "The request is not valid",
      status: 400,
      detail: "post.privacy_level: is required: one of the creator's privacy_level_options.",
      code: "invalid_request",
      request_id: REQUEST_ID,
      errors: [
        {
          path: "post.privacy_level",
          message: "is required: one of the creator's privacy_level_options",
        },
      ],
    },
  },
  {
    operation: "publish",
    name: "privacy_level_not_offered",
    summary: "A privacy level that this creator does not have",
    body: {
      connection_id,
      media: VIDEO,
      mode: "direct",
      post: { privacy_level: "FOLLOWER_OF_CREATOR" },
    },
    status: 422,
    answer: {
      type: "about:blank",
      title: "The media cannot be posted",
      status: 422,
      detail: "1 check failed; see errors.",
      code: "media_rejected",
      request_id: REQUEST_ID,
      errors: [{ path: "post.privacy_level", message: "This creator does not offer it." }],
    },
  },
  {
    operation: "cancelJob",
    name: "cancelled",
    summary: "The draft that was to be sent later",
    query: { job_id: cancelled_job_id },
    status: 200,
    answer: {
      job: {
        ...JOB,
        id: cancelled_job_id,
        status: "cancelled",
        scheduled_at: "2027-01-01T08:00:00.000Z",
        next_attempt_at: null,
      },
    },
  },
  {
    operation: "driveJobs",
    name: "tick",
    summary: "A tick of the schedule",
    body: {},
    status: 200,
    answer: { claimed: 1, published: 0, sent_to_inbox: 0, failed: 0, unconfirmed: 0, waiting: 1 },
  },
  {
    operation: "refreshTokens",
    name: "tick",
    summary: "A tick of the schedule, of ten rows at most",
    body: { limit: 10 },
    status: 200,
    answer: { claimed: 0, refreshed: 0, reconnect_required: 0, retried_later: 0 },
  },
  {
    operation: "readJob",
    name: "published",
    summary: "The video is on TikTok",
    query: { job_id },
    status: 200,
    answer: {
      job: {
        ...JOB,
        status: "published",
        publish_id: "v_pub_file~v2-1.7345678901234567890",
        bytes_sent: 580044,
        attempts: 1,
        next_attempt_at: null,
        updated_at: "2026-12-01T09:06:00.000Z",
      },
    },
  },
  {
    operation: "cancelJob",
    name: "too_late",
    summary: "What is published stays",
    query: { job_id },
    status: 409,
    answer: {
      type: "about:blank",
      title: "The post can no longer be cancelled",
      status: 409,
      detail: "The post is published; it can no longer be cancelled here.",
      code: "not_cancellable",
      request_id: REQUEST_ID,
    },
  },
  {
    operation: "takeSnapshots",
    name: "tick",
    summary: "A tick of the schedule",
    body: {},
    status: 200,
    answer: { claimed: 2, taken: 2, failed: 0, deferred: 0 },
  },
  {
    operation: "readAnalytics",
    name: "week",
    summary: "The last seven days",
    query: { connection_id, days: "7" },
    status: 200,
    answer: {
      profile: {
        follower_count: 18_204,
        following_count: 312,
        likes_count: 240_113,
        video_count: 3,
        taken_at: "2026-12-08T00:10:00.000Z",
        change: { follower_count: 41, following_count: 0, likes_count: 655, video_count: 1 },
        series: [
          {
            taken_at: "2026-12-08T00:10:00.000Z",
            follower_count: 18_204,
            following_count: 312,
            likes_count: 240_113,
            video_count: 3,
          },
        ],
      },
      videos: [
        {
          id: "7345678901234567890",
          job_id: null,
          title: "Our new collection",
          create_time: "2026-12-01T09:06:00.000Z",
          share_url: "https://www.tiktok.com/@ada.films/video/7345678901234567890",
          cover_image_url: "https://p16.tiktokcdn.example/cover/7345678901234567890.jpeg",
          view_count: 5_210,
          like_count: 431,
          comment_count: 22,
          share_count: 17,
          taken_at: "2026-12-08T00:10:00.000Z",
          series: [
            {
              taken_at: "2026-12-08T00:10:00.000Z",
              view_count: 5_210,
              like_count: 431,
              comment_count: 22,
              share_count: 17,
            },
          ],
        },
      ],
      missing_scopes: [],
    },
  },
  {
    operation: "readAnalytics",
    name: "table",
    summary: "The same for a spreadsheet",
    query: { connection_id, days: "7" },
    headers: { Accept: "text/csv" },
    status: 200,
    answer:
      "kind,taken_at,follower_count,following_count,likes_count,video_count,video_id,job_id," +
      "title,create_time,share_url,view_count,like_count,comment_count,share_count\r\n" +
      "profile,2026-12-08T00:10:00.000Z,18204,312,240113,3,,,,,,,,,\r\n",
  },
  {
    operation: "receiveEvent",
    name: "published",
    summary: "A post is public",
    headers: { "TikTok-Signature": "t=1796115600,s=9f2c…" },
    body: {
      client_key: "aw0k",
      event: "post.publish.publicly_available",
      create_time: 1796115600,
      user_openid: "-000A1daFilmsOpenIdOnlyForThisApp01",
      content:
        '{"publish_id":"v_pub_file~v2-1.7345678901234567890","post_id":"7345678901234567890"}',
    },
    status: 200,
    answer: {},
  },
  {
    operation: "disconnect",
    name: "disconnected",
    summary: "End the connection",
    body: { connection_id },
    status: 200,
    answer: { connection: { ...CONNECTION, status: "disconnected" } },
  },
  {
    operation: "readCreator",
    name: "unknown",
    summary: "A connection of nobody, or of somebody else",
    query: { connection_id: "00000000-0000-4000-8000-000000000000" },
    status: 404,
    answer: {
      type: "about:blank",
      title: "Not found",
      status: 404,
      detail: "There is no such connection.",
      code: "not_found",
      request_id: REQUEST_ID,
    },
  },
];
