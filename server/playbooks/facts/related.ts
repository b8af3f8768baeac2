import type { AlertRecord } from "../../alert/record.ts";
import type { Store } from "../../store/port.ts";
import { isNobody } from "./logon-habit.ts";
import { DAY } from "./recurrence.ts";

/** Related alerts that are read at most, the newest ones. */
const READ = 200;

/**
 * Alerts of other rules for the account of an alert, on any host, from the two days before it. Those closed as benign
 * or false positive are explained and do not count.
 */
export async function relatedAlerts(
  alerts: Store["alerts"],
  { id, rule, time, user, userKey, processKey }: AlertRecord,
): Promise<readonly AlertRecord[]> {
  if (userKey === undefined || isNobody(user?.name)) {
    return [];
  }
  const found = await alerts.find({
    userKeys: [userKey],
    from: time - 2 * DAY,
    to: time,
    order: "newest-first",
    limit: READ,
  });
  return found.items.filter(
    (one) =>
      one.id !== id &&
      one.rule.id !== rule.id &&
      (processKey === undefined || one.processKey !== processKey) &&
      one.closeReason !== "benign" &&
      one.closeReason !== "false-positive",
  );
}
