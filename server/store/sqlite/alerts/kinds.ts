import { countedReason } from "../../alerts/close-reason.ts";
import type { SimilarAlertCounts } from "../../alerts/port.ts";
import type { SimilarAlerts } from "../../alerts/queue-rows.ts";
import { type Connection, number } from "../connection.ts";

const kindOf = (row: "NEW" | "OLD") => `${row}.rule_id, ${row}.shape, ${row}.status, coalesce(${row}.close_reason, '')`;
const kindIn = `
    INSERT INTO alert_kinds SELECT ${kindOf("NEW")}, 1 WHERE NEW.shape IS NOT NULL
      ON CONFLICT DO UPDATE SET alerts = alerts + 1;`;
// A kind of which there is none any more stays: there will be one again.
const kindOut = `
    UPDATE alert_kinds SET alerts = alerts - 1
      WHERE (rule_id, shape, status, close_reason) = (${kindOf("OLD")});`;

/**
 * Alerts with a command line by rule, its template, and how they were closed ('' where they were not). Triggers keep
 * the numbers, whoever writes: an index would have to be changed in two places with every change of a status.
 */
export const alertKinds = `
  CREATE TABLE alert_kinds (
    rule_id TEXT NOT NULL, shape TEXT NOT NULL, status TEXT NOT NULL, close_reason TEXT NOT NULL,
    alerts INTEGER NOT NULL, PRIMARY KEY (rule_id, shape, status, close_reason)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO alert_kinds
    SELECT rule_id, shape, status, coalesce(close_reason, ''), count(*) FROM alerts WHERE shape IS NOT NULL
    GROUP BY 1, 2, 3, 4;
  CREATE TRIGGER kinds_inserted AFTER INSERT ON alerts BEGIN${kindIn}
  END;
  CREATE TRIGGER kinds_deleted AFTER DELETE ON alerts BEGIN${kindOut}
  END;
  CREATE TRIGGER kinds_updated AFTER UPDATE ON alerts
  WHEN NEW.status IS NOT OLD.status OR NEW.close_reason IS NOT OLD.close_reason OR NEW.shape IS NOT OLD.shape
    OR NEW.rule_id IS NOT OLD.rule_id
  BEGIN${kindOut}${kindIn}
  END;
  DROP INDEX alerts_shape;
  CREATE INDEX alerts_shape ON alerts (rule_id, shape, time);
`;

interface Kind {
  readonly ruleId: string;
  readonly commandTemplate: string;
}

/** Alerts of each kind, in order, and how many of them were closed as benign. */
export function similarAlerts(connection: Connection, kinds: readonly Kind[]): readonly SimilarAlerts[] {
  const counted = connection.prepare(
    `SELECT coalesce(sum(alerts), 0) AS total,
       coalesce(sum(alerts) FILTER (WHERE status = 'closed' AND close_reason IN ('benign', 'false-positive')), 0) AS benign
     FROM alert_kinds WHERE rule_id = ? AND shape = ?`,
  );
  return kinds.map(({ ruleId, commandTemplate }) => {
    const row = counted.get(ruleId, commandTemplate) ?? {};
    return { total: number(row, "total"), benign: number(row, "benign") };
  });
}

/** What became of the alerts of a kind. */
export function outcomesOf(
  connection: Connection,
  { ruleId, commandTemplate }: Kind,
): Pick<SimilarAlertCounts, "total" | "escalated" | "closed"> {
  const row = connection
    .prepare(
      `SELECT coalesce(sum(alerts), 0) AS total,
         coalesce(sum(alerts) FILTER (WHERE status = 'escalated'), 0) AS escalated
       FROM alert_kinds WHERE rule_id = ? AND shape = ?`,
    )
    .get(ruleId, commandTemplate);
  const closed = connection
    .prepare(
      `SELECT close_reason AS reason, alerts AS count FROM alert_kinds
       WHERE rule_id = ? AND shape = ? AND status = 'closed' AND close_reason <> '' AND alerts > 0
       ORDER BY count DESC, reason`,
    )
    .all(ruleId, commandTemplate)
    .map(countedReason);
  return { total: number(row ?? {}, "total"), escalated: number(row ?? {}, "escalated"), closed };
}
