import type { DeliveryState } from "#contracts/delivery";
import type { Page } from "#contracts/page";

/**
 * An escalation on its way to one receiver: written with the change of status, sent afterwards. Times are in epoch
 * milliseconds.
 */
export interface DeliveryRecord {
  readonly id: string;
  readonly incidentKey: string;
  /** Absent: there is no receiver, only a folder for bundles. */
  readonly target?: string;
  readonly at: number;
  readonly actor: string;
  readonly note: string;
  readonly alerts: number;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** Not tried before that. While a server is trying it: when another one may. */
  readonly nextAt: number;
  readonly endedAt?: number;
  readonly reason?: string;
  /** What is posted, once it was put together: the same in every attempt. */
  readonly body?: string;
  readonly files: readonly { readonly name: string; readonly sha256: string }[];
}

export interface DeliveryReader {
  get(id: string): Promise<DeliveryRecord | undefined>;
  /** Newest first. */
  page(query: {
    readonly incidentKey?: string;
    readonly state?: DeliveryState;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<DeliveryRecord>>;
  /** Those for a receiver that wait and may be tried at `now`, the longest due first. */
  due(target: string | undefined, now: number, limit: number): Promise<readonly DeliveryRecord[]>;
  /** How many there are, by state. */
  counts(): Promise<Readonly<Record<DeliveryState, number>>>;
}

export interface DeliveryWriter extends DeliveryReader {
  /** Adds a delivery, or replaces the one with its id. */
  put(delivery: DeliveryRecord): Promise<void>;
}
