import type { Page } from "#contracts/page";
import type { Proposal, ProposalState } from "#contracts/proposal";

export interface ProposalReader {
  get(id: string): Promise<Proposal | undefined>;
  /** The newest first, of all alerts or one, in any or one state. */
  page(query: {
    readonly alertId?: string;
    readonly state?: ProposalState;
    readonly cursor?: string;
    readonly limit: number;
  }): Promise<Page<Proposal>>;
  /** How many open proposals an account (a person or service token) has; `undefined`: those without an origin. */
  openOf(account: string | undefined): Promise<number>;
  /** How many open proposals each alert has; alerts without any are absent. Former ids resolve to current ones. */
  openOn(alertIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export interface ProposalWriter extends ProposalReader {
  /** Adds a proposal, or replaces the one with its id. */
  put(proposal: Proposal): Promise<void>;
}
