import { answer } from "#contracts/playbook";
import type { TriageReader, TriageWriter } from "../../triage/port.ts";
import { readTransition } from "../../triage/transition.ts";
import { type Queries, text, type Writes } from "../connection.ts";

/** An alert that got a new id keeps its work under the new one: old ids lead there. */
const current = `
  UNWIND $ids AS given
  OPTIONAL MATCH (alias:AlertAlias {oldId: given})
  WITH DISTINCT coalesce(alias.id, given) AS id`;

/** Numbers records in the order in which they were added; writers take turns. */
const numbered = "MATCH (t:Turn {name: 'write'}) SET t.records = coalesce(t.records, 0) + 1 WITH t.records AS number";

export function triageReader(queries: Queries): TriageReader {
  return {
    async answers(alertId) {
      const rows = await queries.run(
        `${current}
         MATCH (a:Answer {alertId: id})
         WITH a ORDER BY a.number DESC
         WITH a.stepId AS step, collect(a)[0] AS latest
         RETURN latest.body AS body ORDER BY latest.number`,
        { ids: [alertId] },
      );
      return rows.map((row) => answer.parse(JSON.parse(text(row, "body"))));
    },
    async checked(alertId) {
      const rows = await queries.run(`${current} MATCH (c:CheckedItem {alertId: id}) RETURN c.item AS item`, {
        ids: [alertId],
      });
      return new Set(rows.map((row) => text(row, "item")));
    },
    async transitions(alertIds) {
      const rows = await queries.run(
        `${current} MATCH (t:Transition {alertId: id}) RETURN id, t.body AS body ORDER BY t.number`,
        { ids: alertIds },
      );
      return rows.map((row) => ({ ...readTransition(text(row, "body")), alertId: text(row, "id") }));
    },
  };
}

export function triageWriter(writes: Writes): TriageWriter {
  return {
    ...triageReader(writes),
    async putAnswer(alertId, given) {
      writes.later(
        `${numbered} ${current}, number CREATE (:Answer {number: number, alertId: id, stepId: $stepId, body: $body})`,
        { ids: [alertId], stepId: given.stepId, body: JSON.stringify(given) },
      );
    },
    async setChecked(alertId, item, done) {
      writes.later(
        done
          ? `${current} MERGE (:CheckedItem {alertId: id, item: $item})`
          : `${current} MATCH (c:CheckedItem {alertId: id, item: $item}) DELETE c`,
        { ids: [alertId], item },
      );
    },
    async addTransition(change) {
      writes.later(`${numbered} ${current}, number CREATE (:Transition {number: number, alertId: id, body: $body})`, {
        ids: [change.alertId],
        body: JSON.stringify(change),
      });
    },
  };
}

/** The work on an alert goes on under another id. */
export function followWork(writes: Writes, before: string, after: string): void {
  for (const label of ["Answer", "Transition"]) {
    writes.later(`MATCH (n:${label} {alertId: $before}) SET n.alertId = $after`, { before, after });
  }
  writes.later(
    `MATCH (c:CheckedItem {alertId: $before})
     MERGE (:CheckedItem {alertId: $after, item: c.item})
     DELETE c`,
    { before, after },
  );
}
