/** The client's types: what its users meet, out of the document's schemas. */

import { describeSchemas, type SchemaName } from "./schemas.ts";
import { printTypes } from "./types.ts";

const NAMES = [
  "InitiateRequest",
  "Authorization",
  "Capability",
  "ConnectionStatus",
  "Connection",
  "Creator",
  "DirectPost",
  "DraftPost",
  "VideoMedia",
  "PhotosMedia",
  "StorageSource",
  "UrlSource",
  "PostInfo",
  "Check",
  "JobStatus",
  "Job",
  "Analytics",
  "ProfileFigures",
  "VideoFigures",
  "Problem",
  "ProblemCode",
  "FieldError",
] as const satisfies SchemaName[];

export function printClientTypes(): string {
  const schemas = describeSchemas();
  const named = Object.fromEntries(NAMES.map((name) => [name, schemas[name]]));
  return `/**
 * What the functions take and answer. Generated from their schemas by \`deno task openapi\`: do not edit.
 *
 * @module
 */

${printTypes(named)}`;
}
