import { type IngestSummary, ingestSummary } from "#contracts/ingest";
import type { ProblemCode } from "#contracts/problem-codes";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

/** Former problem codes, in databases written before they were renamed. */
const formerCodes: Readonly<Record<string, ProblemCode>> = {
  "store-was-lost": "ingest.store-reconnected",
  "tentative-given-up": "ingest.parents-not-found",
  "sequences-evicted": "ingest.sequences-evicted",
  "correlations-evicted": "ingest.correlations-evicted",
  "more-warnings": "ingest.more-warnings",
};

/** The summary in the `body` of a row. */
export const summaryOf = stored("ingest", (row: Readonly<Record<string, unknown>>) =>
  readStoredSummary(text(row, "body")),
);

/** Reads a summary from stored JSON, which an older version may have written. */
export function readStoredSummary(json: string): IngestSummary {
  return ingestSummary.parse(
    JSON.parse(json, (key, value: unknown) =>
      key === "code" && typeof value === "string" ? (formerCodes[value] ?? value) : value,
    ),
  );
}
