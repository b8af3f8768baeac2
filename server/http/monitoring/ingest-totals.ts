import type { IngestSummary } from "#contracts/ingest";

export interface IngestTotals {
  readonly records: number;
  readonly events: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly alerts: number;
}

const none: IngestTotals = { records: 0, events: 0, duplicates: 0, rejected: 0, alerts: 0 };

/**
 * What ingests added since this server started. Ingests run in other processes and update their summary with every
 * write, so the growth between two looks is counted. Ingests that ended before the first look do not count.
 */
export class IngestCounter {
  #known: ReadonlyMap<string, IngestTotals> | undefined;
  #total = none;

  /** Takes the newest summaries. Of those that several looks show only the growth counts. */
  look(summaries: readonly IngestSummary[]): IngestTotals {
    const before = this.#known;
    const present = new Map(summaries.map((summary) => [summary.id, totalsOf(summary)]));
    if (before !== undefined) {
      for (const [id, totals] of present) {
        this.#total = combined(this.#total, combined(totals, before.get(id) ?? none, -1));
      }
    }
    this.#known = present;
    return this.#total;
  }
}

function totalsOf({ records, events, duplicates, rejectedTotal, alerts }: IngestSummary): IngestTotals {
  return { records, events, duplicates, rejected: rejectedTotal, alerts };
}

function combined(left: IngestTotals, right: IngestTotals, factor = 1): IngestTotals {
  const sum = (key: keyof IngestTotals) => Math.max(0, left[key] + factor * right[key]);
  return {
    records: sum("records"),
    events: sum("events"),
    duplicates: sum("duplicates"),
    rejected: sum("rejected"),
    alerts: sum("alerts"),
  };
}
