import { hash } from "node:crypto";
import { alertDocument } from "../../../alert/document.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { assertNever } from "../../../lib/result.ts";
import type { AlertIndexes, AlertPlaces } from "../../alerts/prefilter.ts";
import { subjectColumns, subjectOf } from "../../alerts/subjects.ts";
import { indexedValues } from "../../alerts/values.ts";
import { MANY } from "../../events/columns.ts";
import { type Queries, text, type Writes } from "../connection.ts";
import { isOneOf, type Leaf, prefilter, Values } from "../events/prefilter.ts";
import { indexed, indexedIfAny, LONGEST_BEGINNING } from "../indexed.ts";
import { index, unique } from "../schema.ts";

/**
 * What searches for alerts are narrowed by, without relationships, as nobody draws it: an `(:AlertSubject)` for what many
 * alerts say alike, which `subject` of an alert names; an `(:AlertValue)` for each value that an alert says of its event, all
 * of which stand in `said` of the alert.
 */
export const alertPrefilterSchema: readonly string[] = [
  unique("alert_subject_key", "AlertSubject", "key"),
  index("alert_subject_host", "AlertSubject", "host"),
  index("alert_subject_user", "AlertSubject", "user"),
  index("alert_subject_user_id", "AlertSubject", "userId"),
  unique("alert_value", "AlertValue", "value", "alertId"),
  index("alert_subject", "Alert", "subject", "time"),
];

const keep = `
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

/** Keeps what stored alerts say. */
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
  writes.later(keep, { alerts: rows });
}

/** For an alert that goes, before it has gone. */
export function dropPrefilterValues(writes: Writes, id: string): void {
  writes.later(
    `MATCH (a:Alert {id: $id}) UNWIND a.said AS value
     MATCH (v:AlertValue {value: value, alertId: a.id}) DELETE v`,
    { id },
  );
}

export function alertIndexes(queries: Queries): AlertIndexes<string> {
  return {
    async saying(said, most) {
      const values = new Values();
      const rows = await queries.run(
        `MATCH (v:AlertValue) WHERE ${isOneOf("v.value", said, values)} AND v.alertId IS NOT NULL
         RETURN DISTINCT v.alertId AS id LIMIT ${values.add(most)}`,
        values.all,
      );
      return rows.map((row) => text(row, "id"));
    },
    async subjects(predicate) {
      const values = new Values();
      const rows = await queries.run(
        `MATCH (s:AlertSubject) WHERE ${prefilter(predicate, values, ofSubject)} RETURN s.key AS key, s.body AS body`,
        values.all,
      );
      return rows.map((row) => ({ id: text(row, "key"), body: text(row, "body") }));
    },
  };
}

function ofSubject(leaf: Leaf, values: Values): string {
  const column = subjectColumns.get(leaf.column);
  if (column === undefined || (leaf.kind === "prefix" && leaf.prefix.length > LONGEST_BEGINNING)) {
    return "true";
  }
  return leaf.kind === "in"
    ? `s.${column} IN ${values.add([...leaf.values.map(indexed), MANY])}`
    : `(s.${column} STARTS WITH ${values.add(indexed(leaf.prefix))} OR s.${column} = ${values.add(MANY)})`;
}

/** Cypher that binds `a` to the alerts of a search, up to its WHERE, led by what was found and not by time. */
export function alertsAt(places: AlertPlaces<string>, values: Values): string {
  switch (places.kind) {
    case "everywhere":
      return "MATCH (a:Alert) WHERE a.time IS NOT NULL";
    case "alerts": {
      const led = `UNWIND ${values.add(places.ids)} AS wanted MATCH (a:Alert {id: wanted}) WHERE a.time IS NOT NULL`;
      return places.subjects === undefined ? led : `${led} AND a.subject IN ${values.add(places.subjects)}`;
    }
    case "subjects":
      return `UNWIND ${values.add(places.ids)} AS wanted
        MATCH (a:Alert {subject: wanted}) USING INDEX a:Alert(subject, time) WHERE a.time IS NOT NULL`;
    default:
      return assertNever(places);
  }
}
