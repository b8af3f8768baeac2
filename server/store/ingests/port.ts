import type { IngestSummary } from "#contracts/ingest";
import type { Page, PageRequest } from "#contracts/page";

export interface IngestReader {
  /** Newest first. */
  page(query: PageRequest): Promise<Page<IngestSummary>>;
}

export interface IngestWriter {
  put(summary: IngestSummary): Promise<void>;
}
