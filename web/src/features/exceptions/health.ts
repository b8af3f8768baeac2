import type { ExceptionRecord } from "#contracts/exception";
import { exceptionStateAt } from "#contracts/exception-life";

const quiet = 30 * 86_400_000;

/** A short text about whether the exception is still in use. */
export function healthOf(record: ExceptionRecord, now: number): string {
  const state = exceptionStateAt(record, now);
  if (state !== record.mode && state !== "waiting") {
    return record.hits > 0 && state === "expired" ? "expired with hits" : "inactive";
  }
  if (record.reviewBy !== undefined && Date.parse(record.reviewBy) <= now) {
    return "due for review";
  }
  // Hits carry the time of their event, which may be years ago in a capture, so only old exceptions are questioned.
  const isOld = now - Date.parse(record.createdAt) > quiet;
  if (record.lastHit === undefined) {
    return isOld ? "no hits yet; still needed?" : "no hits yet";
  }
  return isOld && now - Date.parse(record.lastHit) > quiet ? "no hits for 30 days; still needed?" : "in use";
}
