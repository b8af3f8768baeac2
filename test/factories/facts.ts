import type { ActivityFact, EndFact, EventFact, Fact, LogonFact, StartFact } from "../../server/lineage/facts.ts";
import { entityKey, startKey } from "../../server/lineage/keys.ts";
import { NO_FACTS, type ProcessFacts } from "../../server/lineage/process-facts.ts";
import type { ProcessRow } from "../../server/lineage/process-row.ts";
import { T0 } from "./events.ts";

/*
 * Facts and rows for tests of pure functions. Times are in milliseconds after `T0`, so that a test reads as a timeline.
 */

export const HOST = "host-a";
export const CMD = "C:\\Windows\\System32\\cmd.exe";
export const WMI = "C:\\Windows\\System32\\wbem\\WmiPrvSE.exe";

let serial = 0;

function common(given: { readonly at?: number; readonly id?: string; readonly host?: string }) {
  serial += 1;
  const time = T0 + (given.at ?? 0);
  const eventId = given.id ?? `event-${serial}`;
  return {
    host: given.host ?? HOST,
    time,
    source: { eventId, file: "test", time: new Date(time).toISOString() },
  };
}

type Given<F> = { readonly at?: number; readonly id?: string } & Partial<Omit<F, "kind" | "time" | "source">>;

/** A Sysmon start. */
export function agentStart({ at, id, ...given }: Given<StartFact> = {}): StartFact {
  return { kind: "start", side: "agent", executable: CMD, ...given, ...common({ at, id, host: given.host }) };
}

/** A Security 4688. */
export function securityStart({ at, id, ...given }: Given<StartFact> = {}): StartFact {
  return { kind: "start", side: "security", executable: CMD, ...given, ...common({ at, id, host: given.host }) };
}

/** A Security 4689, or an agent's end with `side` and `entityId`. */
export function end({ at, id, ...given }: Given<EndFact> = {}): EndFact {
  return { kind: "end", side: "security", executable: CMD, ...given, ...common({ at, id, host: given.host }) };
}

export function activity({ at, id, entityId = "a", ...given }: Given<ActivityFact> = {}): ActivityFact {
  const { host, time } = common({ at, id, host: given.host });
  return { kind: "activity", entityId, ...given, host, time };
}

export function logon({ at, id, what = "opened", logonId = "0x1", ...given }: Given<LogonFact> = {}): LogonFact {
  return { kind: "logon", what, logonId, ...given, ...common({ at, id, host: given.host }) };
}

export function eventFacts(facts: readonly Fact[]): readonly EventFact[] {
  return facts.map((fact, index) => ({
    eventId: fact.kind === "activity" ? `activity-${index}` : fact.source.eventId,
    fact,
  }));
}

/** The row of a start record, under the key that it gets. */
export function rowOf(start: StartFact, given: Partial<ProcessRow> = {}): ProcessRow {
  const { host, entityId } = start;
  const identity =
    entityId === undefined
      ? ({ key: startKey(start), kind: "start" } as const)
      : ({ key: entityKey(host, entityId), kind: "entity", entityId } as const);
  return { ...identity, host, facts: { ...NO_FACTS, starts: [start] }, ...given };
}

/** The row of a process whose start was not recorded. */
export function entityRow(entityId: string, facts: Partial<ProcessFacts>): ProcessRow {
  return { key: entityKey(HOST, entityId), kind: "entity", host: HOST, entityId, facts: { ...NO_FACTS, ...facts } };
}
