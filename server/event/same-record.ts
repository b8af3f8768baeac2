import { isEventSourceId, sourceIdOf } from "#contracts/event-source";
import { type StemmaEvent, textOf } from "./event.ts";
import { eventSources } from "./sources.ts";
import { parseTime, QUARTER_HOUR } from "./time.ts";

const EVENT_DATA = "winlog.event_data.";

/**
 * Whether two events with one id are the same record. `recordIdentity` uses only the part of a time that every
 * rendering has, so now and then a log that was cleared, or a host that was installed again, repeats the id of an
 * earlier record. Only events whose times are far apart need to be compared: see docs/decisions/0053.
 */
export function isSameRecord(one: StemmaEvent, other: StemmaEvent): boolean {
  if (one.source.recordId === undefined || !isFarApart(one.time, other.time)) {
    return true;
  }
  const [ownOfOne, ownOfOther] = [ownTimeOf(one), ownTimeOf(other)];
  if (ownOfOne !== undefined && ownOfOther !== undefined) {
    return !isFarApart(ownOfOne, ownOfOther);
  }
  if (!agree(one, other)) {
    return false;
  }
  // Equal in content. The zone of a wall clock may have been misread, but two records of one rendering have the same.
  return isEstimated(one) || isEstimated(other) || !sameNames(one, other);
}

/** Whether two times of one second within a quarter of an hour are those of two moments. */
export function isFarApart(one: number, other: number): boolean {
  return Math.abs(one - other) > QUARTER_HOUR / 2;
}

/** The time of the record by the clock of its source, which is the same in every rendering. */
export function ownTimeOf({ source, fields }: StemmaEvent): number | undefined {
  const id = sourceIdOf(source);
  const clock = id !== undefined && isEventSourceId(id) ? eventSources[id].clock : undefined;
  return clock === undefined ? undefined : parseTime(textOf(fields, EVENT_DATA + clock.field) ?? "");
}

function isEstimated({ fields }: StemmaEvent): boolean {
  return fields["stemma.time.estimated"] === true;
}

/** Whether the values that both events have are equal, apart from what exporters change about them. */
function agree(one: StemmaEvent, other: StemmaEvent): boolean {
  for (const name in one.fields) {
    if (name.startsWith(EVENT_DATA)) {
      const [left, right] = [canonical(textOf(one.fields, name)), canonical(textOf(other.fields, name))];
      if (left !== undefined && right !== undefined && left !== right) {
        return false;
      }
    }
  }
  return true;
}

/** A value without differences between renderings; `undefined` when it is absent, or a time in any spelling. */
function canonical(text: string | undefined): string | undefined {
  const value = text?.trim() ?? "";
  if (value === "" || value === "-" || parseTime(value) !== undefined) {
    return undefined;
  }
  return /^0x[0-9a-f]{1,16}$/i.test(value)
    ? BigInt(value).toString()
    : value.replaceAll("%%", "%").replaceAll(/\s+/g, " ").toLowerCase();
}

function sameNames(one: StemmaEvent, other: StemmaEvent): boolean {
  const names = namesOf(one);
  const others = namesOf(other);
  return names.length === others.length && names.every((name, index) => name === others[index]);
}

function namesOf({ fields }: StemmaEvent): readonly string[] {
  return Object.keys(fields)
    .filter((name) => name.startsWith(EVENT_DATA))
    .sort();
}
