import { stored } from "../../damage.ts";
import type { TriageReader, TriageWriter } from "../../triage/port.ts";
import { answerOf, answersByAlert, attachedText, transitionOf } from "../../triage/rows.ts";
import type { Queries, Writes } from "../connection.ts";
import { bytes, type Row, text } from "../row.ts";
import { unique } from "../schema.ts";

/** Texts that were pasted as evidence. */
export const attachedTextSchema: readonly string[] = [unique("attached_text_id", "AttachedText", "id")];

export const attachedTextOf = stored("attached text", (row: Row) =>
  attachedText(text(row, "id"), bytes(row, "content")),
);

/** Resolves former alert ids: the work on an alert is stored under its current id. */
export const currentIds = `
  UNWIND $ids AS requested
  OPTIONAL MATCH (alias:AlertAlias {oldId: requested})
  WITH DISTINCT coalesce(alias.id, requested) AS id`;

/** Numbers records in the order in which they are added. Writers are serialized, so numbers are unique. */
const nextNumber = "MATCH (t:Turn {name: 'write'}) SET t.records = coalesce(t.records, 0) + 1 WITH t.records AS number";

export function triageReader(queries: Queries): TriageReader {
  return {
    async answers(alertId) {
      const rows = await queries.run(
        `${currentIds}
         MATCH (a:Answer {alertId: id})
         WITH a ORDER BY a.number DESC
         WITH a.stepId AS step, collect(a)[0] AS latest
         RETURN latest.number AS number, latest.body AS body ORDER BY latest.number`,
        { ids: [alertId] },
      );
      return rows.map(answerOf);
    },
    async answersOn(alertIds) {
      const rows = await queries.run(
        `${currentIds}
         MATCH (a:Answer {alertId: id})
         WITH a ORDER BY a.number DESC
         WITH a.alertId AS alertId, a.stepId AS step, collect(a)[0] AS latest
         RETURN latest.number AS number, alertId, latest.body AS body ORDER BY latest.number`,
        { ids: alertIds },
      );
      return answersByAlert(rows);
    },
    async attachedTexts(hashes) {
      const rows = await queries.run(
        "UNWIND $hashes AS hash MATCH (n:AttachedText {id: hash}) RETURN DISTINCT n.id AS id, n.content AS content",
        { hashes },
      );
      return new Map(rows.map(attachedTextOf).map((one) => [one.sha256, one.text]));
    },
    async checked(alertId) {
      const rows = await queries.run(`${currentIds} MATCH (c:CheckedItem {alertId: id}) RETURN c.item AS item`, {
        ids: [alertId],
      });
      return new Set(rows.map((row) => text(row, "item")));
    },
    async transitions(alertIds) {
      const rows = await queries.run(
        `${currentIds} MATCH (t:Transition {alertId: id}) RETURN t.number AS number, id AS alertId, t.body AS body ORDER BY t.number`,
        { ids: alertIds },
      );
      return rows.map(transitionOf);
    },
  };
}

export function triageWriter(writes: Writes): TriageWriter {
  return {
    ...triageReader(writes),
    async putAttachedText({ sha256, text }) {
      writes.later("MERGE (n:AttachedText {id: $id}) ON CREATE SET n.content = $content", {
        id: sha256,
        content: Buffer.from(text),
      });
    },
    async putAnswer(alertId, answer) {
      writes.later(
        `${nextNumber} ${currentIds}, number CREATE (:Answer {number: number, alertId: id, stepId: $stepId,
           attachments: $attachments, body: $body})`,
        {
          ids: [alertId],
          stepId: answer.stepId,
          attachments: answer.attachments?.map(({ sha256 }) => sha256) ?? [],
          body: JSON.stringify(answer),
        },
      );
    },
    async setChecked(alertId, item, done) {
      writes.later(
        done
          ? `${currentIds} MERGE (:CheckedItem {alertId: id, item: $item})`
          : `${currentIds} MATCH (c:CheckedItem {alertId: id, item: $item}) DELETE c`,
        { ids: [alertId], item },
      );
    },
    async addTransition(transition) {
      writes.later(
        `${nextNumber} ${currentIds}, number CREATE (:Transition {number: number, alertId: id, body: $body})`,
        {
          ids: [transition.alertId],
          body: JSON.stringify(transition),
        },
      );
    },
  };
}

/** Moves answers, checklist items, transitions, proposals and its incident of an alert to another id. */
export function moveWork(writes: Writes, from: string, to: string): void {
  for (const label of ["Answer", "Transition", "Proposal"]) {
    writes.later(`MATCH (n:${label} {alertId: $from}) SET n.alertId = $to`, { from, to });
  }
  writes.later(
    "MATCH (i:Incident {alertId: $from}) MATCH (a:Alert {id: $to}) SET i.alertId = $to, i.itemKey = a.itemKey",
    {
      from,
      to,
    },
  );
  writes.later(
    `MATCH (c:CheckedItem {alertId: $from})
     MERGE (:CheckedItem {alertId: $to, item: c.item})
     DELETE c`,
    { from, to },
  );
}
