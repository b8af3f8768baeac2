import type { IngestSummary } from "#contracts/ingest";

/** Runs as they are now, newest first: one that never finished is running only while some process ingests, else it was interrupted. */
export async function withCurrentState(
  summaries: readonly IngestSummary[],
  isIngesting: () => Promise<boolean>,
): Promise<readonly IngestSummary[]> {
  const unfinished = summaries.find((summary) => summary.state === "running");
  const current = unfinished !== undefined && (await isIngesting()) ? unfinished : undefined;
  return summaries.map((summary) =>
    summary.state === "running" && summary !== current ? { ...summary, state: "interrupted" } : summary,
  );
}
