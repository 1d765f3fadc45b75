/**
 * A source that cannot be read as it should be.
 * - `not_found`: it is not there, or not for this user.
 * - `changed`: it is no longer the file that was checked (another ETag or size).
 * - `no_ranges`: it answers a range with something else; sending that on would corrupt the upload.
 * - `not_public`: its address is not public https; we do not go there.
 * - `unreachable`: no answer, or a failure that may pass.
 */
export type SourceFault = "not_found" | "changed" | "no_ranges" | "not_public" | "unreachable";

export class SourceError extends Error {
  override readonly name = "SourceError";
  constructor(readonly fault: SourceFault, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** What to tell the user. */
export const SOURCE_FAULTS: Readonly<Record<SourceFault, string>> = {
  not_found: "There is no such file, or it cannot be read.",
  changed: "The file was changed after it was checked. Post it again.",
  no_ranges: "The file's server does not deliver it in parts. Upload it to Storage first.",
  not_public: "Only public https addresses are fetched.",
  unreachable: "The file could not be read. Try again.",
};
