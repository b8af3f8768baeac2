import { numberOf, type StemmaEvent, textOf } from "../../event/event.ts";
import { SECURITY } from "../../event/windows-event.ts";
import { factOf, hostOf } from "../../lineage/facts.ts";
import { entityKey, nameOf, startKey } from "../../lineage/keys.ts";
import { holderAt, timelineOf } from "../../lineage/timeline.ts";
import { type Connection, optionalText } from "./connection.ts";
import { loadHistory } from "./lineage-rows.ts";

const exitOwner = "SELECT process_key FROM process_exits WHERE event_id = ?";

/**
 * The key of the process that an event is about: by its entity id or its own start, else by pid and time when exactly one
 * process fits. Undefined when nothing or more than one does.
 */
export function processKeyOf(connection: Connection, event: StemmaEvent): string | undefined {
  const fact = factOf(event);
  if (fact !== undefined && fact.kind !== "logon") {
    if (fact.entityId !== undefined) {
      return entityKey(fact.host, fact.entityId);
    }
    if (fact.kind === "start") {
      return startKey(fact.host, fact.side, fact.pid, nameOf(fact.executable) ?? "", fact.time);
    }
    const row = connection.prepare(exitOwner).get(event.id);
    return row === undefined ? undefined : optionalText(row, "process_key");
  }
  const pid = numberOf(event.fields, "process.pid");
  if (pid === undefined) {
    return undefined;
  }
  const time = event.time;
  const history = loadHistory(connection, { host: hostOf(event), pid, from: time, to: time, referrers: false });
  const timeline = timelineOf(
    pid,
    history.rows,
    history.exits.map((exit) => exit.fact),
  );
  const holder = holderAt(timeline, {
    time,
    side: textOf(event.fields, "event.provider") === SECURITY ? "security" : "agent",
    executable: textOf(event.fields, "process.executable") ?? textOf(event.fields, "process.name"),
  });
  return holder.kind === "found" ? holder.key : undefined;
}
