import { isNumeric, parseTime } from "../../../event/time.ts";
import type { UnreadTime } from "../../../event/windows-event.ts";
import { type JsonObject, textValue } from "./json-object.ts";

/** A time as a JSON record has it. */
export interface RecordTime {
  readonly time?: number;
  /** Whether the time is one of UTC by its own form: a number since 1970, or with an offset from UTC. */
  readonly absolute: boolean;
  readonly unreadTime?: UnreadTime;
}

/** The first of the fields whose value can be read as a time; otherwise the first that is there at all. */
export function timeOf(record: JsonObject, fields: readonly string[]): RecordTime {
  let unreadTime: UnreadTime | undefined;
  for (const field of fields) {
    const value = record[field];
    if (value !== undefined && value !== null) {
      const text = fromDotNet(textValue(value) ?? "");
      const time = parseTime(text);
      if (time !== undefined) {
        return { time, absolute: hasOffset.test(text) || isNumeric(text) };
      }
      unreadTime ??= { field, value: text };
    }
  }
  return { absolute: false, unreadTime: unreadTime ?? { field: fields.join(", ") } };
}

const hasOffset = /\d[+-]\d\d:?\d\d$/;

/** Windows PowerShell writes a date in JSON as `/Date(1600000000000)/`. */
function fromDotNet(text: string): string {
  return text.startsWith("/Date(") ? text.slice(6, text.indexOf(")")) : text;
}
