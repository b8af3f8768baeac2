import { type IngestSummary, ingestSummary } from "#contracts/ingest";
import type { ProblemCode } from "#contracts/problem-codes";

/** Codes in summaries that were stored before all codes had one spelling. */
const formerCodes: Readonly<Record<string, ProblemCode>> = {
  "store-was-lost": "ingest.store-reconnected",
  "tentative-given-up": "ingest.parents-not-found",
  "sequences-evicted": "ingest.sequences-evicted",
  "correlations-evicted": "ingest.correlations-evicted",
  "more-warnings": "ingest.more-warnings",
};

/** A summary as the store keeps it: JSON, possibly written by an older version. */
export function readStoredSummary(json: string): IngestSummary {
  return ingestSummary.parse(
    JSON.parse(json, (key, value: unknown) =>
      key === "code" && typeof value === "string" ? (formerCodes[value] ?? value) : value,
    ),
  );
}
