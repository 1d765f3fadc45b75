/** A refusal in Storage's error codes: https://supabase.com/docs/guides/storage/debugging/error-codes */
export class StorageFailure extends Error {
  constructor(readonly status_code: number, readonly code: string, message: string) {
    super(message);
  }
}
