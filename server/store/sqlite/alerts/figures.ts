import { countedReason } from "../../alerts/close-reason.ts";
import type { AlertReader } from "../../alerts/port.ts";
import { reportedRisk } from "../../alerts/risk.ts";
import { type Connection, number, optionalNumber, text } from "../connection.ts";

/** Closed, but not as a true positive: carries no risk. */
const dismissed = "(status = 'closed' AND coalesce(close_reason, '') <> 'true-positive')";

const figureColumns = { host: "host", user: "user_key" } as const;

/** Counts over all alerts from the columns of `alerts`, without reading any body. */
export function alertFigures(
  connection: Connection,
): Pick<AlertReader, "figures" | "countsByRule" | "risk" | "similar"> {
  return {
    async figures(by) {
      const column = figureColumns[by];
      return connection
        .prepare(
          `SELECT ${column} AS key, count(*) AS alerts,
             sum(status <> 'closed' AND building_block = 0) AS open,
             sum(CASE WHEN ${dismissed} THEN 0 ELSE risk END) AS risk
           FROM alerts WHERE ${column} IS NOT NULL GROUP BY ${column} ORDER BY ${column}`,
        )
        .all()
        .map((row) => ({
          key: text(row, "key"),
          alerts: number(row, "alerts"),
          openAlerts: number(row, "open"),
          risk: reportedRisk(number(row, "risk")),
        }));
    },
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
      const [column, keys] = "hosts" in of ? ["host", of.hosts] : ["user_key", of.userKeys];
      return connection
        .prepare(
          `SELECT id, time, rule_name, sum(risk) OVER (ORDER BY time, id) AS total FROM alerts
           WHERE ${column} IN (SELECT value FROM json_each(?)) AND NOT ${dismissed} ORDER BY time, id`,
        )
        .all(JSON.stringify(keys))
        .map((row) => ({
          alertId: text(row, "id"),
          time: number(row, "time"),
          ruleName: text(row, "rule_name"),
          risk: reportedRisk(number(row, "total")),
        }));
    },
    async similar({ ruleId, commandTemplate }) {
      const counted = connection
        .prepare(
          `SELECT count(*) AS total, sum(status = 'escalated') AS escalated, count(DISTINCT host) AS hosts,
             count(DISTINCT user_key) AS users, min(time) AS first
           FROM alerts WHERE rule_id = ? AND shape = ?`,
        )
        .get(ruleId, commandTemplate);
      const closed = connection
        .prepare(
          `SELECT close_reason AS reason, count(*) AS count FROM alerts
           WHERE rule_id = ? AND shape = ? AND status = 'closed' AND close_reason IS NOT NULL
           GROUP BY close_reason ORDER BY count DESC, close_reason`,
        )
        .all(ruleId, commandTemplate)
        .map(countedReason);
      if (counted === undefined || number(counted, "total") === 0) {
        return { total: 0, escalated: 0, hosts: 0, users: 0, closed };
      }
      return {
        total: number(counted, "total"),
        escalated: number(counted, "escalated"),
        hosts: number(counted, "hosts"),
        users: number(counted, "users"),
        firstSeen: optionalNumber(counted, "first"),
        closed,
      };
    },
  };
}
