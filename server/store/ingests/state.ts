import type { IngestSummary } from "#contracts/ingest";

/**
 * Corrects the state of unfinished ingests (newest first): the newest one is running while some process holds the
 * lease, all others were interrupted.
 */
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
