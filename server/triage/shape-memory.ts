import type { AlertDetail, CloseReason } from "#contracts/alert";
import type { AlertQuery, AlertReader, AlertRecord } from "../store/port.ts";

/** How earlier alerts of the same rule and shape ended; without a shape, those of the rule on the same process name. */
export async function shapeMemoryOf(alerts: AlertReader, alert: AlertRecord): Promise<AlertDetail["memory"]> {
  const reasons = new Map<CloseReason, number>();
  const hosts = new Set<string>();
  const users = new Set<string>();
  let escalated = 0;
  let total = 0;
  let firstSeen = alert.time;
  const same: Omit<AlertQuery, "cursor"> = {
    ruleIds: [alert.rule.id],
    shape: alert.shape,
    order: "oldest-first",
    limit: 500,
  };
  for await (const other of alert.shape === undefined ? [alert] : every(alerts, same)) {
    total += 1;
    hosts.add(other.host);
    if (other.userKey !== undefined) {
      users.add(other.userKey);
    }
    escalated += other.status === "escalated" ? 1 : 0;
    firstSeen = Math.min(firstSeen, other.time);
    if (other.status === "closed" && other.closeReason !== undefined) {
      reasons.set(other.closeReason, (reasons.get(other.closeReason) ?? 0) + 1);
    }
  }
  return {
    shape: alert.shape ?? "",
    total,
    closed: [...reasons].map(([reason, count]) => ({ reason, count })).toSorted((a, b) => b.count - a.count),
    escalated,
    hosts: hosts.size,
    users: users.size,
    firstSeen: new Date(firstSeen).toISOString(),
  };
}

/** All alerts of a query, page by page. */
export async function* every(
  alerts: Pick<AlertReader, "find">,
  query: Omit<AlertQuery, "cursor">,
): AsyncGenerator<AlertRecord> {
  for (let cursor: string | undefined; ; ) {
    const page = await alerts.find({ ...query, cursor });
    yield* page.items;
    if (page.next === undefined) {
      return;
    }
    cursor = page.next;
  }
}
