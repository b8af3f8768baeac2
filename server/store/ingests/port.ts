import type { IngestSummary } from "#contracts/ingest";
import type { Page, PageRequest } from "#contracts/page";

export interface IngestReader {
  /** As it was stored: one that died is still "running". */
  get(id: string): Promise<IngestSummary | undefined>;
  /** Newest first. */
  page(query: PageRequest): Promise<Page<IngestSummary>>;
}

export interface IngestWriter {
  put(summary: IngestSummary): Promise<void>;
}
