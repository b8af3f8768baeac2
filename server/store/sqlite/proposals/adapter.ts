import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { NO_ACCOUNT, proposalColumns, proposalOf } from "../../proposals/body.ts";
import type { ProposalReader, ProposalWriter } from "../../proposals/port.ts";
import { allOf, equalsIfSet } from "../clause.ts";
import { type Connection, number, text } from "../connection.ts";
import { currentId } from "../triage/adapter.ts";

const columns = "id, at, alert_id AS alertId, body";

export function proposalReader(connection: Connection): ProposalReader {
  return {
    async get(id) {
      const row = connection.prepare(`SELECT ${columns} FROM proposals WHERE id = ?`).get(id);
      return row === undefined ? undefined : proposalOf(row);
    },
    async page({ alertId, state, cursor, limit }) {
      const alert = alertId === undefined ? undefined : currentId(connection, alertId);
      const filter = allOf(...equalsIfSet("alert_id", alert), ...equalsIfSet("state", state));
      const counted = connection
        .prepare(`SELECT count(*) AS total FROM proposals WHERE ${filter.sql}`)
        .get(...filter.parameters);
      const [at, id] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const rows = connection
        .prepare(
          `SELECT ${columns} FROM proposals WHERE ${filter.sql} AND (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?`,
        )
        .all(...filter.parameters, at, id, limit + 1);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: readable(page, proposalOf),
        total: counted === undefined ? 0 : number(counted, "total"),
        ...(rows.length > page.length && last !== undefined
          ? { next: encodeCursor([number(last, "at"), text(last, "id")]) }
          : {}),
      };
    },
    async openOf(account) {
      const row = connection
        .prepare("SELECT count(*) AS total FROM proposals WHERE state = 'open' AND account = ?")
        .get(account ?? NO_ACCOUNT);
      return row === undefined ? 0 : number(row, "total");
    },
    async openOn(alertIds) {
      const counted = connection
        .prepare(
          `SELECT asked.value AS asked, count(*) AS total
           FROM json_each(?) asked LEFT JOIN alert_aliases alias ON alias.old_id = asked.value
           JOIN proposals p ON p.alert_id = coalesce(alias.id, asked.value) AND p.state = 'open'
           GROUP BY asked.value`,
        )
        .all(JSON.stringify([...new Set(alertIds)]));
      return new Map(counted.map((row) => [text(row, "asked"), number(row, "total")]));
    },
  };
}

export function proposalWriter(connection: Connection): ProposalWriter {
  return {
    ...proposalReader(connection),
    async put(proposal) {
      const { at, state, account } = proposalColumns(proposal);
      connection
        .prepare(
          `INSERT INTO proposals (id, alert_id, at, state, account, body) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET state = excluded.state, body = excluded.body`,
        )
        .run(proposal.id, currentId(connection, proposal.alertId), at, state, account, JSON.stringify(proposal));
    },
  };
}
