import type { AlertReader } from "../../alerts/port.ts";
import { reportedRisk } from "../../alerts/risk.ts";
import { inAccounts, oneOf } from "../clause.ts";
import { type Connection, number, optionalNumber, type Row, text } from "../connection.ts";
import { outcomesOf } from "./kinds.ts";

/** Closed, but not as a true positive: carries no risk. */
const dismissed = "(status = 'closed' AND coalesce(close_reason, '') <> 'true-positive')";

const figures = `
  count(*) AS alerts, sum(status <> 'closed' AND building_block = 0) AS open,
  sum(CASE WHEN ${dismissed} THEN 0 ELSE risk END) AS risk`;

/** Counts over all alerts from the columns of `alerts`, without reading any body. */
export function alertFigures(
  connection: Connection,
): Pick<AlertReader, "figuresByHost" | "figuresByUser" | "countsByRule" | "risk" | "similar"> {
  return {
    figuresByHost: async () =>
      connection.prepare(`SELECT host AS key, ${figures} FROM alerts GROUP BY host ORDER BY host`).all().map(figuresOf),
    figuresByUser: async () =>
      connection
        .prepare(
          `SELECT user_key AS key, host, ${figures} FROM alerts
           WHERE user_key IS NOT NULL GROUP BY user_key, host ORDER BY user_key, host`,
        )
        .all()
        .map((row) => ({ ...figuresOf(row), host: text(row, "host") })),
    async countsByRule() {
      return connection
        .prepare(
          `SELECT rule_id AS key, sum(alerts) AS alerts,
             sum(CASE WHEN status <> 'closed' AND building_block = 0 THEN alerts ELSE 0 END) AS open
           FROM alert_counts GROUP BY rule_id ORDER BY rule_id`,
        )
        .all()
        .map((row) => ({ key: text(row, "key"), alerts: number(row, "alerts"), openAlerts: number(row, "open") }));
    },
    async risk(of) {
      const where =
        "hosts" in of ? oneOf("host", of.hosts) : inAccounts(of.accounts, { user: "user_key", host: "host" });
      return connection
        .prepare(
          `SELECT id, time, rule_name, sum(risk) OVER (ORDER BY time, id) AS total FROM alerts
           WHERE ${where.sql} AND NOT ${dismissed} ORDER BY time, id`,
        )
        .all(...where.parameters)
        .map((row) => ({
          alertId: text(row, "id"),
          time: number(row, "time"),
          ruleName: text(row, "rule_name"),
          risk: reportedRisk(number(row, "total")),
        }));
    },
    async similar(kind) {
      const outcomes = outcomesOf(connection, kind);
      if (outcomes.total === 0) {
        return { ...outcomes, hosts: 0, users: 0 };
      }
      const spread = connection
        .prepare(
          `SELECT count(DISTINCT host) AS hosts, count(DISTINCT user_key) AS users, min(time) AS first
           FROM alerts WHERE rule_id = ? AND shape = ?`,
        )
        .get(kind.ruleId, kind.commandTemplate);
      return {
        ...outcomes,
        hosts: number(spread ?? {}, "hosts"),
        users: number(spread ?? {}, "users"),
        firstSeen: optionalNumber(spread ?? {}, "first"),
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
