/** TikTok's own, so that both platforms share one host. */
export { default } from "../../../../supabase/functions/tiktok-initiate/index.ts";
