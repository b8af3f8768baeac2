import { type StemmaEvent, textOf } from "../event/event.ts";
import { sideOf } from "../event/sources.ts";
import { hostOf, pidOf } from "./event-fields.ts";
import { factOf } from "./fact-of.ts";
import { entityKey, startKey } from "./keys.ts";
import { holderAt, timelineOf } from "./resolve/timeline.ts";
import type { HistoryProbe, PidHistory } from "./tables.ts";

/** What is read to find the process of an event. */
export interface ProcessOfSource {
  /** The process that an exit without an entity id ended, by event id. */
  exitOwner(eventId: string): Promise<string | undefined>;
  history(probe: HistoryProbe): Promise<PidHistory>;
}

/**
 * The key of the process that an event is about: by its entity id or its own start, else by pid and time if exactly one
 * process matches.
 */
export async function processKeyOf(source: ProcessOfSource, event: StemmaEvent): Promise<string | undefined> {
  const fact = factOf(event);
  if (fact !== undefined && fact.kind !== "logon") {
    if (fact.entityId !== undefined) {
      return entityKey(fact.host, fact.entityId);
    }
    if (fact.kind === "start") {
      return startKey(fact);
    }
    return source.exitOwner(event.id);
  }
  const pid = pidOf(event.fields, "process.pid");
  if (pid === undefined) {
    return undefined;
  }
  const { time } = event;
  const history = await source.history({ host: hostOf(event), pid, from: time, to: time, referrers: false });
  const timeline = timelineOf(
    pid,
    history.rows,
    history.exits.map((exit) => exit.fact),
  );
  const holder = holderAt(timeline, {
    time,
    side: sideOf(textOf(event.fields, "event.provider")),
    executable: textOf(event.fields, "process.executable") ?? textOf(event.fields, "process.name"),
  });
  const known = holder.kind === "found" || (holder.kind === "ambiguous" && holder.doubt === "age");
  return known ? holder.key : undefined;
}
