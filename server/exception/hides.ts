import type { Fields } from "#contracts/event";
import { valuesOf } from "../event/event.ts";

/**
 * What an exception leaves of the records that one alert would rest on. Records of the start of one process (Sysmon 1 and
 * Security 4688) tell of one thing: if it matches any of them, it hides all. Any other record stands for itself: an
 * exception for one file that a process wrote says nothing about the next one.
 */
export function remainingRecords<T>(
  records: readonly T[],
  fieldsOf: (record: T) => Fields,
  matches: (record: T) => boolean,
): readonly T[] {
  const startIsHidden = records.some((record) => isProcessStart(fieldsOf(record)) && matches(record));
  return records.filter((record) => (isProcessStart(fieldsOf(record)) ? !startIsHidden : !matches(record)));
}

export function isProcessStart(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}
