/**
 * How often TikTok may be asked with one user's token, in any minute: creator info, status, and the
 * three inits together (https://developers.tiktok.com/docs/en/tiktok-api-v2-rate-limit, and the pages
 * of the endpoints). TikTok counts each init by itself; nobody needs more than six posts a minute.
 */
export const CALL_LIMITS = {
  creator: { name: "creator", a_minute: 20 },
  init: { name: "init", a_minute: 6 },
  status: { name: "status", a_minute: 30 },
} as const;

/**
 * How often the app may ask for users and videos in any minute, all accounts together: TikTok's page
 * leaves open whether its 600 for each of the three endpoints are an app's or a user's.
 */
export const QUERIES_A_MINUTE = 600;
