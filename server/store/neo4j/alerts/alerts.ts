import { hash } from "node:crypto";
import type { Page } from "#contracts/event";
import { accountLabel } from "../../../alert/account-label.ts";
import { incidentKey, removedIncidentKey } from "../../../alert/incident-key.ts";
import type { AlertRecord } from "../../../alert/record.ts";
import { alertBody, readAlert, searchText, tacticsOf } from "../../alerts/body.ts";
import { findAlerts } from "../../alerts/find.ts";
import type { AlertQuery, AlertReader, AlertWriter } from "../../alerts/port.ts";
import { prefilterAlerts } from "../../alerts/prefilter.ts";
import { memoizedQueue } from "../../alerts/queue-page.ts";
import { rekeyAlerts } from "../../alerts/rekey.ts";
import { severityRank } from "../../alerts/severity.ts";
import { number, type Parameter, type Queries, text, type Writes } from "../connection.ts";
import { isOneOf, Values, within } from "../events/prefilter.ts";
import { moveHits } from "../exceptions/exceptions.ts";
import { indexed, indexedIfAny } from "../indexed.ts";
import { followWork } from "../triage/triage.ts";
import { alertFigures } from "./figures.ts";
import { alertIndexes, alertsAt, dropPrefilterValues, savePrefilterValues } from "./prefilter.ts";
import { queueRows } from "./queue.ts";

export function alertReader(queries: Queries): AlertReader {
  return {
    get: (id) => findAlert(queries, id),
    find: (query) => find(queries, query),
    queue: memoizedQueue(queueRows(queries), () => writesUntilNow(queries)),
    async perDay(ruleId) {
      const rows = await queries.run(
        `MATCH (a:Alert {ruleId: $ruleId})
         RETURN toString(date(datetime({epochMillis: a.time}))) AS day, count(*) AS count ORDER BY day`,
        { ruleId: indexed(ruleId) },
      );
      return rows.map((row) => ({ day: text(row, "day"), count: number(row, "count") }));
    },
    ...alertFigures(queries),
  };
}

async function writesUntilNow(queries: Queries): Promise<number> {
  const [row] = await queries.run("MATCH (t:Turn {name: 'write'}) RETURN t.writes AS writes");
  return row === undefined ? 0 : number(row, "writes");
}

async function findAlert(queries: Queries, id: string): Promise<AlertRecord | undefined> {
  const [row] = await queries.run(
    `OPTIONAL MATCH (alias:AlertAlias {oldId: $id})
     MATCH (a:Alert) WHERE a.id IN [$id, alias.id]
     RETURN a.body AS body ORDER BY a.id = $id DESC LIMIT 1`,
    { id },
  );
  return row === undefined ? undefined : readAlert(text(row, "body"));
}

async function find(queries: Queries, query: AlertQuery): Promise<Page<AlertRecord>> {
  const { places, left } = await prefilterAlerts(query.condition, alertIndexes(queries));
  const values = new Values();
  const matching = `${alertsAt(places, values)} AND ${alertFilter(query, values)}`;
  const oldestFirst = query.order === "oldest-first";
  return findAlerts(
    { ...query, condition: left },
    {
      async count() {
        const [row] = await queries.run(`${matching} RETURN count(a) AS total`, values.all);
        return row === undefined ? 0 : number(row, "total");
      },
      async after(time, id, limit) {
        const after = oldestFirst
          ? "a.time >= $time AND (a.time > $time OR a.id > $id)"
          : "a.time <= $time AND (a.time < $time OR a.id < $id)";
        const direction = oldestFirst ? "ASC" : "DESC";
        const rows = await queries.run(
          `${matching} AND ${after}
           RETURN a.body AS body ORDER BY a.time ${direction}, a.id ${direction} LIMIT $limit`,
          { ...values.all, time, id, limit },
        );
        return rows.map((row) => readAlert(text(row, "body")));
      },
    },
  );
}

function alertFilter(query: AlertQuery, values: Values): string {
  const list = (property: string, wanted: readonly string[] | undefined): string[] =>
    wanted === undefined ? [] : [isOneOf(`a.${property}`, wanted, values)];
  const exact = (property: string, value: Parameter): string[] =>
    value === undefined ? [] : [`a.${property} = ${values.add(value)}`];
  return [
    ...list("id", query.ids),
    ...list("ruleId", query.ruleIds?.map(indexed)),
    ...list("host", query.hosts?.map(indexed)),
    ...list("userKey", query.userKeys?.map(indexed)),
    ...list("processKey", query.processKeys?.map(indexed)),
    ...list("status", query.statuses),
    ...exact("rootKey", indexedIfAny(query.rootKey)),
    ...exact("itemKey", indexedIfAny(query.incidentKey)),
    ...exact("leftItem", indexedIfAny(query.removedFrom)),
    ...exact("shape", indexedIfAny(query.commandTemplate)),
    ...exact("buildingBlock", query.buildingBlock),
    within(query, values, "a.time"),
  ].join(" AND ");
}

const putAlert = `
  MERGE (a:Alert {id: $id})
  SET a += $properties, a.at = datetime({epochMillis: $time})
  MERGE (r:Rule {id: $rule.id})
  SET r.name = $rule.name, r.language = $rule.language
  MERGE (a)-[:RAISED_BY]->(r)
  WITH a
  CALL (a) { MATCH (a)-[about:ABOUT]->() DELETE about }
  CALL (a) { MATCH (p:Identity {key: $processKey}) CREATE (a)-[:ABOUT]->(p) }
  CALL (a) {
    UNWIND $sources AS source
    MERGE (s:AlertSource {key: source.key})
    SET s.alertId = a.id, s.eventId = source.eventId
  }`;

/** An alert on the process comes before one on the source event. */
const existingAlerts = `
  UNWIND $asked AS asked
  CALL (asked) {
    CALL (asked) {
      MATCH (a:Alert {ruleId: asked.ruleId, processKey: asked.processKey}) RETURN a, 0 AS place
      UNION ALL
      MATCH (s:AlertSource {key: asked.source}) MATCH (a:Alert {id: s.alertId}) RETURN a, 1 AS place
    }
    RETURN a.body AS body ORDER BY place, a.id LIMIT 1
  }
  RETURN asked.index AS index, body`;

function put(writes: Writes, alert: AlertRecord): void {
  const ruleId = indexed(alert.rule.id);
  writes.later(putAlert, {
    id: alert.id,
    time: alert.time,
    rule: { id: ruleId, name: alert.rule.name, language: alert.rule.language },
    processKey: indexedIfAny(alert.processKey),
    properties: {
      ruleId,
      ruleName: alert.rule.name,
      message: alert.message,
      severity: alert.severity,
      severityRank: severityRank[alert.severity],
      risk: alert.riskScore,
      buildingBlock: alert.buildingBlock,
      time: alert.time,
      detectedAt: alert.detectedAt,
      host: indexed(alert.host),
      userKey: indexedIfAny(alert.userKey),
      user: alert.user === undefined ? undefined : accountLabel(alert.user),
      processKey: indexedIfAny(alert.processKey),
      rootKey: indexedIfAny(alert.rootKey),
      itemKey: indexed(incidentKey(alert)),
      leftItem: indexedIfAny(removedIncidentKey(alert)),
      shape: indexedIfAny(alert.commandTemplate),
      status: alert.status,
      closeReason: alert.closeReason,
      tactics: tacticsOf(alert),
      search: searchText(alert),
      body: alertBody(alert),
    },
    sources: alert.sources.map(({ eventId }) => ({ eventId, key: sourceKey(alert.rule.id, eventId) })),
  });
  savePrefilterValues(writes, [alert]);
}

function sourceKey(ruleId: string, eventId: string): string {
  return hash("sha256", JSON.stringify([ruleId, eventId]), "base64url");
}

export function alertWriter(writes: Writes): AlertWriter {
  const of = async (property: "processKey" | "rootKey", key: string): Promise<readonly AlertRecord[]> => {
    const rows = await writes.run(`MATCH (a:Alert {${property}: $key}) RETURN a.body AS body ORDER BY a.id`, {
      key: indexed(key),
    });
    return rows.map((row) => readAlert(text(row, "body")));
  };
  return {
    get: (id) => findAlert(writes, id),
    find: (query) => find(writes, query),
    async existing(places) {
      const asked = places.map(({ ruleId, processKey, eventId }, index) => ({
        index,
        ruleId: indexed(ruleId),
        processKey: indexedIfAny(processKey),
        source: sourceKey(ruleId, eventId),
      }));
      const rows = asked.length === 0 ? [] : await writes.run(existingAlerts, { asked });
      const bodies = new Map(rows.map((row) => [number(row, "index"), text(row, "body")]));
      return asked.map(({ index }) => {
        const body = bodies.get(index);
        return body === undefined ? undefined : readAlert(body);
      });
    },
    put: async (alert) => put(writes, alert),
    rekey: (changes) =>
      rekeyAlerts(changes, {
        async named(keys) {
          const rows = await writes.run(
            `UNWIND $keys AS key
             WITH key WHERE EXISTS { MATCH (:Alert {processKey: key.indexed}) }
               OR EXISTS { MATCH (:Alert {rootKey: key.indexed}) } OR EXISTS { MATCH (:ExceptionHit {subject: key.indexed}) }
             RETURN key.place AS place`,
            { keys: keys.map((key, place) => ({ indexed: indexed(key), place })) },
          );
          return rows.flatMap((row) => keys[number(row, "place")] ?? []);
        },
        ofProcess: (key) => of("processKey", key),
        ofRoot: (key) => of("rootKey", key),
        put: async (alert) => put(writes, alert),
        async remove(id) {
          dropPrefilterValues(writes, id);
          writes.later("MATCH (s:AlertSource {alertId: $id}) DELETE s", { id });
          writes.later("MATCH (a:Alert {id: $id}) DETACH DELETE a", { id });
        },
        async follow(before, after) {
          if (before !== after) {
            followWork(writes, before, after);
            writes.later("MATCH (alias:AlertAlias {id: $before}) SET alias.id = $after", { before, after });
            writes.later("MERGE (alias:AlertAlias {oldId: $before}) SET alias.id = $after", { before, after });
          }
        },
        moveHits: (before, after) => moveHits(writes, before, after),
      }),
  };
}
