import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { NO_ACCOUNT, proposalColumns, proposalOf } from "../../proposals/body.ts";
import type { ProposalReader, ProposalWriter } from "../../proposals/port.ts";
import type { Queries, Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { number, text } from "../row.ts";
import { index, unique } from "../schema.ts";
import { currentIds } from "../triage/adapter.ts";

export const proposalSchema: readonly string[] = [
  unique("proposal_id", "Proposal", "id"),
  index("proposal_alert", "Proposal", "alertId"),
  index("proposal_account", "Proposal", "account", "state"),
  index("proposal_at", "Proposal", "at"),
];

/** Everybody's navigation asks how many proposals are open, however many were decided on. */
export const proposalStateSchema: readonly string[] = [index("proposal_state", "Proposal", "state")];

const columns = "p.id AS id, p.at AS at, p.alertId AS alertId, p.body AS body";

export function proposalReader(queries: Queries): ProposalReader {
  return {
    async get(id) {
      const [row] = await queries.run(`MATCH (p:Proposal {id: $id}) RETURN ${columns}`, { id });
      return row === undefined ? undefined : proposalOf(row);
    },
    async page({ alertId, state, cursor, limit }) {
      const [at, last] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const ofAlert = alertId === undefined ? "" : `${currentIds} WITH id AS alertId`;
      const filter = [
        ...(alertId === undefined ? [] : ["p.alertId = alertId"]),
        ...(state === undefined ? [] : ["p.state = $state"]),
      ];
      const where = (...more: readonly string[]) => {
        const all = [...filter, ...more];
        return all.length === 0 ? "" : `WHERE ${all.join(" AND ")}`;
      };
      const parameters = { ids: [alertId ?? ""], state };
      const [counted] = await queries.run(
        `${ofAlert} MATCH (p:Proposal) ${where()} RETURN count(p) AS total`,
        parameters,
      );
      const rows = await queries.run(
        `${ofAlert} MATCH (p:Proposal) ${where("(p.at < $at OR (p.at = $at AND p.id < $last))")}
         RETURN ${columns} ORDER BY at DESC, id DESC LIMIT $limit`,
        { ...parameters, at, last, limit: limit + 1 },
      );
      const page = rows.slice(0, limit);
      const end = page.at(-1);
      return {
        items: readable(page, proposalOf),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > page.length && end !== undefined
          ? { next: encodeCursor([number(end, "at"), text(end, "id")]) }
          : {}),
      };
    },
    async openOf(account) {
      const [row] = await queries.run(
        "MATCH (p:Proposal {account: $account, state: 'open'}) RETURN count(p) AS total",
        { account: indexed(account ?? NO_ACCOUNT) },
      );
      return row === undefined ? 0 : number(row, "total");
    },
    async openOn(alertIds) {
      const rows = await queries.run(
        `UNWIND $ids AS requested
         OPTIONAL MATCH (alias:AlertAlias {oldId: requested})
         WITH requested, coalesce(alias.id, requested) AS id
         MATCH (p:Proposal {alertId: id}) WHERE p.state = 'open'
         RETURN requested, count(p) AS total`,
        { ids: [...new Set(alertIds)] },
      );
      return new Map(rows.map((row) => [text(row, "requested"), number(row, "total")]));
    },
  };
}

export function proposalWriter(writes: Writes): ProposalWriter {
  return {
    ...proposalReader(writes),
    async put(proposal) {
      const { at, state, account } = proposalColumns(proposal);
      writes.later(
        `${currentIds}
         MERGE (p:Proposal {id: $proposal})
         ON CREATE SET p.alertId = id, p.at = $at, p.account = $account
         SET p.state = $state, p.body = $body`,
        {
          ids: [proposal.alertId],
          proposal: proposal.id,
          at,
          account: indexed(account),
          state,
          body: JSON.stringify(proposal),
        },
      );
    },
  };
}
