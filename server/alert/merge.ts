import type { AlertStatus } from "#contracts/alert";
import type { SourceRef } from "#contracts/event";
import { sourceIdOf } from "#contracts/event-source";
import { precedenceOf } from "../event/sources.ts";
import type { AlertRecord } from "./record.ts";

/** Leading source first, the rest by time and id, so that the order does not depend on arrival. */
export function orderSources(sources: readonly SourceRef[]): readonly SourceRef[] {
  const distinct = new Map(sources.map((source) => [source.eventId, source]));
  return [...distinct.values()].sort(
    (left, right) =>
      precedenceOf(sourceIdOf(left)) - precedenceOf(sourceIdOf(right)) ||
      Date.parse(left.time) - Date.parse(right.time) ||
      (left.eventId < right.eventId ? -1 : 1),
  );
}

/** How much work an alert has seen: when two merge, the status of the one with more work wins. */
const workDone: Record<AlertStatus, number> = { open: 0, acknowledged: 1, closed: 2, escalated: 3 };

/**
 * Merges two alerts of one rule that turn out to be about one process: all sources, the fields of the leading record,
 * the earliest times, the status that carries more work. Identity and process key are those of `kept`.
 */
export function mergeAlerts(kept: AlertRecord, other: AlertRecord): AlertRecord {
  const sources = orderSources([...kept.sources, ...other.sources]);
  const lead = sources[0]?.eventId;
  const leading = other.sources[0]?.eventId === lead && kept.sources[0]?.eventId !== lead ? other : kept;
  const status = workDone[other.status] > workDone[kept.status] ? other : kept;
  return {
    ...leading,
    id: kept.id,
    processKey: kept.processKey,
    byPid: mergePidSources(kept.byPid, other.byPid),
    rootKey: kept.rootKey ?? other.rootKey,
    originRootKey: kept.originRootKey ?? other.originRootKey,
    removed: kept.removed ?? other.removed,
    merged: kept.merged ?? other.merged,
    chosenPlaybook: kept.chosenPlaybook ?? other.chosenPlaybook,
    user: kept.user ?? other.user,
    userKey: kept.userKey ?? other.userKey,
    time: Math.min(kept.time, other.time),
    detectedAt: Math.min(kept.detectedAt, other.detectedAt),
    status: status.status,
    closeReason: status.closeReason,
    sources,
  };
}

function mergePidSources(kept: AlertRecord["byPid"], other: AlertRecord["byPid"]): AlertRecord["byPid"] {
  const all = new Map([...(kept ?? []), ...(other ?? [])].map((one) => [one.eventId, one]));
  return all.size === 0 ? undefined : [...all.values()].sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
}

/** The alert of a finding that grew: the facts of `fresh`, with the status, removal and detection time of `known`. */
export function continueAlert(known: AlertRecord, fresh: AlertRecord): AlertRecord {
  const { id, status, closeReason, detectedAt, removed, merged, chosenPlaybook } = known;
  return { ...fresh, id, status, closeReason, detectedAt, removed, merged, chosenPlaybook };
}

/** An alert for a part of the records of another one: without what was done about that. */
export function asNew({
  removed: _,
  merged: __,
  originRootKey: ___,
  closeReason: ____,
  chosenPlaybook: _____,
  ...alert
}: AlertRecord): AlertRecord {
  return { ...alert, status: "open" };
}
