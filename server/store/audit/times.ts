/** The last time whose year has four digits: until then, times in ISO 8601 sort as text. */
export const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** A bound for the times of audit records, which are never before 1970. `time` is in epoch milliseconds. */
export function auditTime(time: number): string {
  return new Date(Math.min(Math.max(time, 0), LATEST)).toISOString();
}
