import type { SourceRef } from "#contracts/event";
import type { LogonSession, ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { HostAddress } from "../addresses.ts";
import type { LogonFact } from "../facts.ts";
import type { LogonProbe } from "../tables.ts";
import type { NameSource } from "./link-names.ts";

/** What is read to link logons on one host to sessions on another. */
export interface LinkSource extends NameSource {
  addresses(
    of: { readonly hosts: readonly string[] } | { readonly addresses: readonly string[] },
  ): Promise<readonly HostAddress[]>;
  /** Facts of each probe, in order, at most `limit` of each. */
  logonFacts(probes: readonly LogonProbe[], limit: number): Promise<readonly (readonly LogonFact[])[]>;
  sessions(query: {
    readonly hosts?: readonly string[];
    readonly userKeys?: readonly string[];
    readonly keys?: readonly string[];
    /** Only sessions that were open at this time are of use, in epoch milliseconds; others may be returned as well. */
    readonly openAt?: number;
    readonly limit: number;
  }): Promise<Page<LogonSession>>;
  /** The processes that stored records are about, by event id. */
  processesOfRecords(eventIds: readonly string[]): Promise<ReadonlyMap<string, ProcessNode>>;
  /** Connections that known processes opened. */
  connections(query: ConnectionQuery): Promise<readonly ProcessConnection[]>;
}

export interface ProcessConnection {
  readonly process: ProcessNode;
  readonly source: SourceRef;
}

export type ConnectionQuery = { readonly from: number; readonly to: number } & (
  | { readonly hosts: readonly string[]; readonly address: string; readonly port: number }
  | { readonly destinations: readonly string[]; readonly userName: string }
);

/** Records of one kind that are examined per link, and links that are shown per session. */
export const RECORD_LIMIT = 200;
