import { hash } from "node:crypto";
import { alertDocument } from "../../../alert/document.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { assertNever } from "../../../lib/result.ts";
import type { AlertCandidates, AlertIndexes } from "../../alerts/prefilter.ts";
import { subjectColumns, subjectOf } from "../../alerts/subjects.ts";
import { indexedValues } from "../../alerts/values.ts";
import { MANY } from "../../events/columns.ts";
import type { Queries, Writes } from "../connection.ts";
import { type Leaf, prefilter } from "../events/prefilter.ts";
import { indexed, indexedIfAny, PRESERVED_PREFIX } from "../indexed.ts";
import { isOneOf, QueryParameters } from "../parameters.ts";
import { text } from "../row.ts";
import { index, unique } from "../schema.ts";

/**
 * The indexes that prefilter alert searches: an `(:AlertSubject)` per combination of host and user, referenced by
 * `subject` of an alert; and an `(:AlertValue)` per indexed value of an alert, whose values are listed in `said`. They
 * have no relationships because nobody needs them in a drawing of the graph. See docs/decisions/0030.
 */
export const alertPrefilterSchema: readonly string[] = [
  unique("alert_subject_key", "AlertSubject", "key"),
  index("alert_subject_host", "AlertSubject", "host"),
  index("alert_subject_user", "AlertSubject", "user"),
  index("alert_subject_user_id", "AlertSubject", "userId"),
  unique("alert_value", "AlertValue", "value", "alertId"),
  index("alert_subject", "Alert", "subject", "time"),
];

const saveValues = `
  UNWIND $alerts AS alert
  MATCH (a:Alert {id: alert.id})
  MERGE (s:AlertSubject {key: alert.subject.key})
  ON CREATE SET s += alert.subject
  WITH a, alert, coalesce(a.said, []) AS before
  SET a.subject = alert.subject.key, a.said = alert.said
  WITH a, alert, before
  CALL (a, alert, before) {
    UNWIND [value IN before WHERE NOT value IN alert.said] AS value
    MATCH (v:AlertValue {value: value, alertId: a.id}) DELETE v
  }
  CALL (a, alert, before) {
    UNWIND [value IN alert.said WHERE NOT value IN before] AS value
    MERGE (:AlertValue {value: value, alertId: a.id})
  }`;

/** Indexes the documents of stored alerts. */
export function savePrefilterValues(writes: Pick<Writes, "later">, alerts: readonly AlertRecord[]): void {
  const rows = alerts.map((alert) => {
    const document = alertDocument(alert);
    const { host, user, userId, body } = subjectOf(document);
    const columns = { host: indexedIfAny(host), user: indexedIfAny(user), userId: indexedIfAny(userId) };
    return {
      id: alert.id,
      subject: { key: hash("sha256", body, "base64url"), body, ...columns },
      said: [...indexedValues(document)],
    };
  });
  writes.later(saveValues, { alerts: rows });
}

/** For an alert that is about to be deleted. */
export function deletePrefilterValues(writes: Writes, id: string): void {
  writes.later(
    `MATCH (a:Alert {id: $id}) UNWIND a.said AS value
     MATCH (v:AlertValue {value: value, alertId: a.id}) DELETE v`,
    { id },
  );
}

export function alertIndexes(queries: Queries): AlertIndexes<string> {
  return {
    async withValues(values, limit) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `MATCH (v:AlertValue) WHERE ${isOneOf("v.value", values, parameters)} AND v.alertId IS NOT NULL
         RETURN DISTINCT v.alertId AS id LIMIT ${parameters.add(limit)}`,
        parameters.all,
      );
      return rows.map((row) => text(row, "id"));
    },
    async subjects(predicate) {
      const parameters = new QueryParameters();
      const rows = await queries.run(
        `MATCH (s:AlertSubject) WHERE ${prefilter(predicate, parameters, subjectLeaf)}
         RETURN s.key AS key, s.body AS body`,
        parameters.all,
      );
      return rows.map((row) => ({ id: text(row, "key"), body: text(row, "body") }));
    },
  };
}

/** Over `s`, a subject. */
function subjectLeaf(leaf: Leaf, parameters: QueryParameters): string {
  const column = subjectColumns.get(leaf.column);
  if (column === undefined || (leaf.kind === "prefix" && leaf.prefix.length > PRESERVED_PREFIX)) {
    return "true";
  }
  return leaf.kind === "in"
    ? `s.${column} IN ${parameters.add([...leaf.values.map(indexed), MANY])}`
    : `(s.${column} STARTS WITH ${parameters.add(indexed(leaf.prefix))} OR s.${column} = ${parameters.add(MANY)})`;
}

/**
 * Cypher that binds `a` to the candidates, up to and including a WHERE. Starts from what was found, not from the index
 * of time.
 */
export function matchCandidates(candidates: AlertCandidates<string>, parameters: QueryParameters): string {
  switch (candidates.kind) {
    case "all":
      return "MATCH (a:Alert) WHERE a.time IS NOT NULL";
    case "alerts": {
      const match = `UNWIND ${parameters.add(candidates.ids)} AS wanted
        MATCH (a:Alert {id: wanted}) WHERE a.time IS NOT NULL`;
      return candidates.subjects === undefined
        ? match
        : `${match} AND a.subject IN ${parameters.add(candidates.subjects)}`;
    }
    case "subjects":
      return `UNWIND ${parameters.add(candidates.ids)} AS wanted
        MATCH (a:Alert {subject: wanted}) USING INDEX a:Alert(subject, time) WHERE a.time IS NOT NULL`;
    default:
      return assertNever(candidates);
  }
}
