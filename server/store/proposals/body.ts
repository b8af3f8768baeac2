import { type Proposal, proposal } from "#contracts/proposal";
import { stored } from "../damage.ts";
import { text } from "../row.ts";

/** The account under which proposals without an origin are counted: no account has an empty id. */
export const NO_ACCOUNT = "";

/** What both stores keep beside the body, to filter, sort and count by. */
export function proposalColumns({ createdAt, state, origin }: Proposal): {
  readonly at: number;
  readonly state: Proposal["state"];
  readonly account: string;
} {
  return { at: Date.parse(createdAt), state, account: origin?.account ?? NO_ACCOUNT };
}

/** A proposal from its `body` and its `alertId`, which changes when the alert gets another id. */
export const proposalOf = stored("proposal", (row: Readonly<Record<string, unknown>>): Proposal => {
  return { ...proposal.parse(JSON.parse(text(row, "body"))), alertId: text(row, "alertId") };
});
