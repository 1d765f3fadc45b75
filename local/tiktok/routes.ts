import { drawPicture } from "./display/profile.ts";
import { showUser } from "./display/user_info.ts";
import { listVideos, queryVideos } from "./display/videos.ts";
import type { Route } from "./door.ts";
import { showConsent, takeConsent } from "./oauth/authorize.ts";
import { revokeToken } from "./oauth/revoke.ts";
import { exchangeToken } from "./oauth/token.ts";
import { showCreator } from "./posting/creator.ts";
import { initDirectVideo, initDraftVideo, initPhotos } from "./posting/init.ts";
import { cancelPublish, fetchStatus } from "./posting/status.ts";
import { putChunk } from "./posting/upload.ts";

const AUTHORIZE = "/v2/auth/authorize/";
const PUBLISH = "/v2/post/publish";

/** All that the stand-in answers; whatever else is asked for is not found. */
export const ROUTES: Route[] = [
  { method: "get", path: AUTHORIZE, shape: "page", act: showConsent },
  { method: "post", path: AUTHORIZE, shape: "page", act: takeConsent },
  { method: "post", path: "/v2/oauth/token/", shape: "oauth", act: exchangeToken },
  { method: "post", path: "/v2/oauth/revoke/", shape: "oauth", act: revokeToken },
  { method: "get", path: "/v2/user/info/", shape: "api", act: showUser },
  { method: "post", path: "/v2/video/list/", shape: "api", act: listVideos },
  { method: "post", path: "/v2/video/query/", shape: "api", act: queryVideos },
  { method: "post", path: `${PUBLISH}/creator_info/query/`, shape: "api", act: showCreator },
  { method: "post", path: `${PUBLISH}/video/init/`, shape: "api", act: initDirectVideo },
  { method: "post", path: `${PUBLISH}/inbox/video/init/`, shape: "api", act: initDraftVideo },
  { method: "post", path: `${PUBLISH}/content/init/`, shape: "api", act: initPhotos },
  { method: "post", path: `${PUBLISH}/status/fetch/`, shape: "api", act: fetchStatus },
  { method: "post", path: `${PUBLISH}/cancel/`, shape: "api", act: cancelPublish },
  { method: "put", path: "/video/", shape: "upload", act: putChunk },
  {
    method: "get",
    path: /^\/picture\/[\w.-]+\.svg$/,
    shape: "page",
    act: drawPicture,
  },
];
