import { z } from "zod";
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

const lists = z.looseObject({ ignored: z.array(z.unknown()), warnings: z.array(z.unknown()) });

/** Reads a summary from stored JSON, which an older version may have written. */
export function readStoredSummary(json: string): IngestSummary {
  const value: unknown = JSON.parse(json, (key, inner: unknown) =>
    key === "code" && typeof inner === "string" ? (formerCodes[inner] ?? inner) : inner,
  );
  const older = lists.safeParse(value).data;
  // An older version counted only what it listed; how many more there were was the last of the list.
  const totals = { ignoredTotal: older?.ignored.length, warningsTotal: older?.warnings.length };
  return ingestSummary.parse(older === undefined ? value : { ...totals, ...older });
}
