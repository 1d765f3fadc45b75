/** The contract's zod schemas as the JSON Schemas of OpenAPI 3.1's `components`. */

import { z } from "zod";
import * as analytics from "../../supabase/functions/_shared/contract/analytics.ts";
import * as connection from "../../supabase/functions/_shared/contract/connection.ts";
import * as creator from "../../supabase/functions/_shared/contract/creator.ts";
import * as fields from "../../supabase/functions/_shared/contract/fields.ts";
import * as post from "../../supabase/functions/_shared/contract/post.ts";
import * as problem from "../../supabase/functions/_shared/contract/problem.ts";

/** As much of JSON Schema as is used here. */
export type JsonSchema = {
  $ref?: string;
  type?: string | string[];
  description?: string;
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  discriminator?: { propertyName: string; mapping: Record<string, string> };
  maximum?: number;
};

/** For the reader alone: the function takes whatever is signed. */
const webhookEvent = z.looseObject({
  client_key: z.string().describe("The app's; another app's event is refused."),
  event: z.string().describe("As in `post.publish.complete` or `authorization.removed`."),
  create_time: z.int().describe("Seconds since 1970."),
  user_openid: z.string().describe("Whom it concerns."),
  content: z.string().describe("JSON, as a text."),
});

const nothing = z.object({});

/** What callers send: fields with a default may be left out. */
const REQUESTS = {
  InitiateRequest: connection.initiateRequest,
  CompleteRequest: connection.completeRequest,
  DisconnectRequest: connection.connectionQuery,
  PublishRequest: post.publishRequest,
  VideoMedia: post.video,
  PhotosMedia: post.photos,
  StorageSource: post.storageSource,
  UrlSource: post.urlSource,
  PostInfo: post.postInfo,
  ScheduleRequest: fields.scheduleRequest,
  WebhookEvent: webhookEvent,
};

/** What is answered: nothing but these fields. */
const ANSWERS = {
  Authorization: connection.initiateAnswer,
  Capability: connection.capability,
  ConnectionStatus: connection.connectionStatus,
  Connection: connection.connection,
  ConnectionAnswer: connection.connectionAnswer,
  Creator: creator.creator,
  CreatorAnswer: creator.creatorAnswer,
  JobStatus: post.jobStatus,
  Job: post.job,
  JobAnswer: post.jobAnswer,
  Check: post.check,
  DryRunAnswer: post.dryRunAnswer,
  ProfileFigures: analytics.profileFigures,
  VideoFigures: analytics.videoFigures,
  Analytics: analytics.analyticsAnswer,
  SnapshotsAnswer: analytics.snapshotsAnswer,
  RefreshAnswer: connection.refreshAnswer,
  StatusPollAnswer: post.statusPollAnswer,
  ProblemCode: problem.problemCode,
  FieldError: problem.fieldError,
  Problem: problem.problem,
  Nothing: nothing,
};

export type SchemaName =
  | keyof typeof REQUESTS
  | keyof typeof ANSWERS
  | "DirectPost"
  | "DraftPost";

export const refTo = (name: SchemaName): JsonSchema => ({ $ref: pointer(name) });

export function describeSchemas(): Record<SchemaName, JsonSchema> {
  const schemas = { ...convert(REQUESTS, "input"), ...convert(ANSWERS, "output") };
  const { CompleteRequest, PublishRequest, Connection, ...others } = schemas;
  return {
    ...others,
    // What the zod schemas check by code, or leave to the platform, said as JSON Schema says it.
    CompleteRequest: {
      ...CompleteRequest,
      oneOf: [{ required: ["code"] }, { required: ["error"] }],
    },
    ...splitByMode(PublishRequest ?? {}),
    Connection: nameCapabilities(Connection ?? {}),
  } as Record<SchemaName, JsonSchema>;
}

/** A direct post has a `post`, and a draft has none. */
function splitByMode(schema: JsonSchema): Partial<Record<SchemaName, JsonSchema>> {
  const { properties: { mode: _, post = {}, ...properties } = {}, required = [] } = schema;
  return {
    PublishRequest: {
      oneOf: [refTo("DirectPost"), refTo("DraftPost")],
      discriminator: {
        propertyName: "mode",
        mapping: { direct: pointer("DirectPost"), draft: pointer("DraftPost") },
      },
    },
    DirectPost: {
      ...schema,
      properties: { mode: { type: "string", const: "direct" }, post, ...properties },
      required: [...required, "post"],
      description: "Says who may see it, and all the rest.",
    },
    DraftPost: {
      ...schema,
      properties: { mode: { type: "string", const: "draft" }, ...properties },
      description: "Is finished by the user in TikTok.",
    },
  };
}

/** The contract of connections knows no platform; these are TikTok's. */
function nameCapabilities(connection: JsonSchema): JsonSchema {
  const { capabilities } = connection.properties ?? {};
  const named: JsonSchema = {
    type: "object",
    ...(capabilities?.description && { description: capabilities.description }),
    properties: Object.fromEntries(CAPABILITIES.map((name) => [name, refTo("Capability")])),
    required: CAPABILITIES,
    additionalProperties: false,
  };
  return { ...connection, properties: { ...connection.properties, capabilities: named } };
}

const CAPABILITIES = ["direct_post", "draft", "profile_stats", "video_stats"];

function convert(named: Record<string, z.ZodType>, io: "input" | "output") {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: pointer, override: tidy });
  // What it gives each schema as an address of its own is one within the document here.
  for (const schema of Object.values(schemas)) {
    delete schema.$schema;
    delete schema.$id;
  }
  return schemas as Record<string, JsonSchema>;
}

function pointer(name: string): string {
  return `#/components/schemas/${name}`;
}

/** Formats instead of the expressions that check them; no bounds that only JavaScript's numbers have. */
function tidy({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { format, pattern, maximum } = jsonSchema;
  if (pattern?.startsWith("^[0-9a-f]{8}-")) {
    jsonSchema.format = "uuid";
    delete jsonSchema.pattern;
  }
  if (format === "date-time") delete jsonSchema.pattern;
  if (maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
}
