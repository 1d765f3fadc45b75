/** What the benches showed to be slow, and what it came to. Written down by hand; each was seen on one machine. */

export interface Mend {
  what: string;
  before: string;
  after: string;
  /** What was wrong, and what is done instead. */
  how: string;
}

export const MENDS: readonly Mend[] = [
  {
    what:
      "Thirty days of figures, among a million accounts, of a user who has looked often that day",
    before: "316 ms",
    after: "11 ms",
    how:
      "All accounts were counted, for one account's part of the day's queries. They are counted no further than to " +
      "where that is the least that each may have anyway (`private.query_share`).",
  },
  {
    what:
      "Posts claimed and settled a second, from a queue that was empty when the server last looked",
    before: "1,390",
    after: "1,770",
    how:
      "For want of statistics a claim gathered and sorted all that was due, for one post, and kept that plan. It goes " +
      "along the queue's index whatever the statistics say (`claim_due_jobs`).",
  },
  {
    what: "A claim of ten due tokens",
    before: "6.3 ms",
    after: "2.7 ms",
    how:
      "Small functions of a step in SQL were planned anew with each call; in plpgsql they keep their plans. " +
      "Two runs, set side by side by the claim of ten due posts, which did not change.",
  },
  {
    what: "One refresh after another, of the ideal",
    before: "0.78",
    after: "0.83",
    how:
      "Small functions of a step in SQL were planned anew with each call; in plpgsql they keep their plans. The host's " +
      "Data API had each of its statements planned anew, too; it prepares them, as PostgREST does.",
  },
];
