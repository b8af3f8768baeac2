import type { IngestSummary } from "#contracts/ingest";

export interface IngestReader {
  /** Newest first. */
  all(limit: number): Promise<readonly IngestSummary[]>;
}

export interface IngestWriter {
  put(summary: IngestSummary): Promise<void>;
}
