import { countedReason } from "../../alerts/close-reason.ts";
import type { AlertReader } from "../../alerts/port.ts";
import { reportedRisk } from "../../alerts/risk.ts";
import type { Queries } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { inAccounts, isOneOf, QueryParameters } from "../parameters.ts";
import type { Reads } from "../reads.ts";
import { number, optionalNumber, type Row, text } from "../row.ts";

/** Closed, but not as a true positive: carries no risk. */
const dismissed = "(a.status = 'closed' AND coalesce(a.closeReason, '') <> 'true-positive')";

/** How many of them are not closed; building blocks are not counted. */
const open = "sum(CASE WHEN a.status <> 'closed' AND NOT a.buildingBlock THEN 1 ELSE 0 END) AS open";

const figures = `count(*) AS alerts, ${open}, sum(CASE WHEN ${dismissed} THEN 0 ELSE a.risk END) AS risk`;

/** Counts over all alerts, without reading any body. */
export function alertFigures(
  queries: Queries,
  reads: Reads,
): Pick<AlertReader, "figuresByHost" | "figuresByUser" | "countsByRule" | "risk" | "similar"> {
  return {
    async figuresByHost() {
      return (await queries.run(`MATCH (a:Alert) RETURN a.host AS key, ${figures} ORDER BY key`)).map(figuresOf);
    },
    async figuresByUser() {
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE a.userKey IS NOT NULL
         RETURN a.userKey AS key, a.host AS host, ${figures} ORDER BY key, host`,
      );
      return rows.map((row) => ({ ...figuresOf(row), host: text(row, "host") }));
    },
    async countsByRule() {
      const rows = await queries.run(
        `MATCH (a:Alert) RETURN a.ruleId AS key, count(*) AS alerts, ${open} ORDER BY key`,
      );
      return rows.map((row) => ({
        key: text(row, "key"),
        alerts: number(row, "alerts"),
        openAlerts: number(row, "open"),
      }));
    },
    async risk(of) {
      const parameters = new QueryParameters();
      const filter =
        "hosts" in of
          ? isOneOf("a.host", of.hosts.map(indexed), parameters)
          : inAccounts(of.accounts, { user: "a.userKey", host: "a.host" }, parameters);
      const rows = await queries.run(
        `MATCH (a:Alert) WHERE ${filter} AND NOT ${dismissed}
         RETURN a.id AS id, a.time AS time, a.ruleName AS ruleName, a.risk AS risk ORDER BY time, id`,
        parameters.all,
      );
      let sum = 0;
      return rows.map((row) => {
        sum += number(row, "risk");
        return {
          alertId: text(row, "id"),
          time: number(row, "time"),
          ruleName: text(row, "ruleName"),
          risk: reportedRisk(sum),
        };
      });
    },
    async similar(of) {
      const together = reads.ofOneCall();
      const alike = (parameters: QueryParameters) =>
        `MATCH (a:Alert {ruleId: ${parameters.add(indexed(of.ruleId))}, shape: ${parameters.add(indexed(of.commandTemplate))}})`;
      const [[counted], closed] = await Promise.all([
        together.rows(
          (parameters) => `
            ${alike(parameters)}
            WITH count(*) AS total, sum(CASE WHEN a.status = 'escalated' THEN 1 ELSE 0 END) AS escalated,
              count(DISTINCT a.host) AS hosts, count(DISTINCT a.userKey) AS users, min(a.time) AS first
            RETURN {total: total, escalated: escalated, hosts: hosts, users: users, first: first}`,
        ),
        together.rows(
          (parameters) => `
            ${alike(parameters)} WHERE a.status = 'closed' AND a.closeReason IS NOT NULL
            WITH a.closeReason AS reason, count(*) AS count
            RETURN {reason: reason, count: count} ORDER BY count DESC, reason`,
        ),
      ]);
      const first = counted === undefined ? undefined : optionalNumber(counted, "first");
      return {
        total: counted === undefined ? 0 : number(counted, "total"),
        escalated: counted === undefined ? 0 : number(counted, "escalated"),
        hosts: counted === undefined ? 0 : number(counted, "hosts"),
        users: counted === undefined ? 0 : number(counted, "users"),
        ...(first === undefined ? {} : { firstSeen: first }),
        closed: closed.map(countedReason),
      };
    },
  };
}

function figuresOf(row: Row) {
  return {
    key: text(row, "key"),
    alerts: number(row, "alerts"),
    openAlerts: number(row, "open"),
    risk: reportedRisk(number(row, "risk")),
  };
}
