import type { AlertRecord } from "../../alert/record.ts";

/**
 * What the search of the top bar reads with every key that somebody presses. Each read follows an index, or looks at a
 * bounded number of rows and says how many. See docs/decisions/0057.
 */
export interface FindReader {
  /** Alerts whose search text contains all words, the latest first. Building blocks are left out. */
  alerts(query: AlertWords): Promise<AlertsByWords>;
  /** At most `limit` alerts of which a field that is indexed has exactly this value, in no particular order. */
  alertsWithValue(value: string, limit: number): Promise<readonly AlertRecord[]>;
  /** File names of started programs that contain the text: those that begin with it first, then by name. */
  programs(part: string, limit: number): Promise<FoundRuns>;
  /** Hashes of the images of started programs that begin with the text, in order. The total is not counted. */
  hashes(prefix: string, limit: number): Promise<FoundRuns>;
  /** Addresses of hosts and sources of logons that begin with the text, in order. The total is not counted. */
  addresses(prefix: string, limit: number): Promise<FoundAddresses>;
}

export interface AlertWords {
  /** Case-folded. */
  readonly words: readonly string[];
  readonly limit: number;
}

export interface AlertsByWords {
  readonly alerts: readonly AlertRecord[];
  /** Undefined if it was not counted, because the latest alerts were enough. */
  readonly total: number | undefined;
  /** Alerts whose texts were compared, of all that are stored. */
  readonly searched: number;
  readonly stored: number;
}

export interface FoundRuns {
  readonly items: readonly FoundRun[];
  /** Undefined if it was not counted and there are more than listed. */
  readonly total: number | undefined;
}

/** A program by its name or hash. */
export interface FoundRun {
  readonly value: string;
  /** Of its latest start. */
  readonly name: string | undefined;
  readonly host: string;
  /** Epoch milliseconds. */
  readonly last: number;
  /** At most `MOST_COUNTED`. */
  readonly runs: number;
}

export interface FoundAddresses {
  readonly items: readonly FoundAddress[];
  readonly total: number | undefined;
}

export interface FoundAddress {
  readonly address: string;
  /** Those that had it, by name. */
  readonly hosts: readonly string[];
  /** Logons that came from it; at most `MOST_COUNTED`. */
  readonly logons: number;
}

/** Runs and logons are counted up to this number. */
export const MOST_COUNTED = 1_000;
