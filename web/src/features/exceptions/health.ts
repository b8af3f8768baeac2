import type { ExceptionRecord } from "#contracts/exception";

/** What an exception does now. */
export type ExceptionState = "shadow" | "enforced" | "expired" | "disabled";

export function stateOf(record: ExceptionRecord, now: number): ExceptionState {
  if (record.disabledAt !== undefined) {
    return "disabled";
  }
  return record.expires !== undefined && Date.parse(record.expires) <= now ? "expired" : record.mode;
}

const quiet = 30 * 86_400_000;

/** One sentence about whether it still does anything. */
export function healthOf(record: ExceptionRecord, now: number): string {
  const state = stateOf(record, now);
  if (state === "disabled" || state === "expired") {
    return "hides nothing";
  }
  // A hit counts by the time of its event, which may lie years before in a capture: only an old exception is doubted.
  const isOld = now - Date.parse(record.createdAt) > quiet;
  if (record.lastHit === undefined) {
    return isOld ? "no hit yet, still needed?" : "no hit yet";
  }
  return isOld && now - Date.parse(record.lastHit) > quiet ? "quiet for 30 days, still needed?" : "in use";
}
