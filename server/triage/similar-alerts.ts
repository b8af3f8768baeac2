import type { AlertDetail } from "#contracts/alert";
import type { AlertRecord } from "../alert/record.ts";
import type { AlertReader } from "../store/alerts/port.ts";

/**
 * Alerts of the same rule and command-line template, and how they were closed. Without a command line, only the alert
 * itself.
 */
export async function similarAlertsOf(
  alerts: Pick<AlertReader, "similar">,
  alert: AlertRecord,
): Promise<AlertDetail["similar"]> {
  const { commandTemplate } = alert;
  if (commandTemplate === undefined) {
    const reason = alert.status === "closed" ? alert.closeReason : undefined;
    return {
      commandTemplate: "",
      total: 1,
      closed: reason === undefined ? [] : [{ reason, count: 1 }],
      escalated: alert.status === "escalated" ? 1 : 0,
      hosts: 1,
      users: alert.userKey === undefined ? 0 : 1,
      firstSeen: new Date(alert.time).toISOString(),
    };
  }
  const { firstSeen, closed, ...figures } = await alerts.similar({ ruleId: alert.rule.id, commandTemplate });
  return {
    ...figures,
    commandTemplate,
    closed: [...closed],
    firstSeen: new Date(firstSeen ?? alert.time).toISOString(),
  };
}
