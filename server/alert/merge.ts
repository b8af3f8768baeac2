import type { AlertStatus } from "#contracts/alert";
import type { SourceRef } from "#contracts/event";
import type { AlertRecord } from "./record.ts";

/** Records of an agent tell more than the Security log's (hashes, parent command line): they lead. */
function sourceRank(source: SourceRef): number {
  const name = `${source.channel ?? ""} ${source.provider ?? ""}`.toLowerCase();
  return name.includes("sysmon") ? 0 : name.includes("security") ? 2 : 1;
}

/** Leading source first; the rest by time and id, so the order does not depend on arrival. */
export function orderSources(sources: readonly SourceRef[]): readonly SourceRef[] {
  const distinct = new Map(sources.map((source) => [source.eventId, source]));
  return [...distinct.values()].sort(
    (left, right) =>
      sourceRank(left) - sourceRank(right) ||
      Date.parse(left.time) - Date.parse(right.time) ||
      (left.eventId < right.eventId ? -1 : 1),
  );
}

/** How much work is already in an alert: when two become one, the one that was worked on keeps its status. */
const worked: Record<AlertStatus, number> = { open: 0, acknowledged: 1, closed: 2, escalated: 3 };

/**
 * Two alerts of one rule that turn out to be about one process: all sources, the leading record's fields, the earliest
 * times, the status that carries more work. Identity and process key are those of `kept`.
 */
export function mergeAlerts(kept: AlertRecord, other: AlertRecord): AlertRecord {
  const sources = orderSources([...kept.sources, ...other.sources]);
  const lead = sources[0]?.eventId;
  const leading = other.sources[0]?.eventId === lead && kept.sources[0]?.eventId !== lead ? other : kept;
  const status = worked[other.status] > worked[kept.status] ? other : kept;
  return {
    ...leading,
    id: kept.id,
    processKey: kept.processKey,
    rootKey: kept.rootKey ?? other.rootKey,
    originRootKey: kept.originRootKey ?? other.originRootKey,
    removed: kept.removed ?? other.removed,
    user: kept.user ?? other.user,
    userKey: kept.userKey ?? other.userKey,
    time: Math.min(kept.time, other.time),
    detectedAt: Math.min(kept.detectedAt, other.detectedAt),
    status: status.status,
    closeReason: status.closeReason,
    sources,
  };
}

/** A finding that grew: the facts of `fresh`, with the status, removal and time of detection of the alert it continues. */
export function continueAlert(known: AlertRecord, fresh: AlertRecord): AlertRecord {
  const { status, closeReason, detectedAt, removed } = known;
  return { ...fresh, status, closeReason, detectedAt, removed };
}
