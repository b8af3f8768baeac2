import type { QueueQuery } from "#contracts/alert";
import { foldCase } from "../../condition/fold-case.ts";
import type { TimeRange } from "../events/port.ts";

/** The filters of the queue that may be lifted one by one, to count what each hides. */
export type QueueFilter =
  | "status"
  | "severity"
  | "rule"
  | "host"
  | "user"
  | "tactic"
  | "window"
  | "text"
  | "buildingBlocks";

/** The words that an alert's text must have, folded. */
export function queueWords(query: QueueQuery): readonly string[] {
  return (query.text ?? "")
    .split(/\s+/)
    .filter((part) => part !== "")
    .map(foldCase);
}

/** The window of a queue query; a bound that is no time is none. */
export function queueWindow(query: QueueQuery): TimeRange {
  return { from: instant(query.from), to: instant(query.to) };
}

function instant(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
