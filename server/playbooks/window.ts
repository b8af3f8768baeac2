import type { QueryRun } from "#contracts/query-run";
import type { AlertRecord } from "../alert/record.ts";
import { mirrored, parseDateMath, resolveDateMath } from "./date-math.ts";
import type { PlaybookQuery } from "./playbook.ts";

export type Anchor = QueryRun["window"]["anchor"];

/** Epoch milliseconds, both inclusive; undefined if unlimited. */
export interface ResolvedWindow {
  readonly from?: number;
  readonly to?: number;
  readonly anchor: Anchor;
  readonly at: number;
  readonly text: string;
}

/**
 * The time window of a query. `now` is the time of the event or, as an option, of the detection. A query without `to`
 * looks as far ahead of the event as back, but not beyond the detection. Without `from` everything stored is searched.
 */
export function resolveWindow(query: PlaybookQuery, alert: AlertRecord, anchor: Anchor): ResolvedWindow {
  const at = anchor === "event" ? alert.time : alert.detectedAt;
  const named = anchor === "event" ? "the event" : "the detection";
  const from = query.from === undefined ? undefined : parseDateMath(query.from);
  if (from === undefined || !from.ok) {
    return { anchor, at, text: "everything stored" };
  }
  const given = query.to === undefined ? undefined : parseDateMath(query.to);
  const to = given?.ok ? given.value : anchor === "event" ? mirrored(from.value) : { steps: [] };
  return {
    from: resolveDateMath(from.value, at, "from"),
    to: resolveDateMath(to, at, "to"),
    anchor,
    at,
    text: `${query.from} to ${query.to ?? (anchor === "event" ? "as far ahead" : "now")}, where now is the time of ${named}, ${clock(at, true)}`,
  };
}

/** "2023-05-18 18:28:23" or "18:28:23", UTC. */
export function clock(time: number, withDay: boolean): string {
  const text = new Date(time).toISOString();
  return withDay ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : text.slice(11, 19);
}
