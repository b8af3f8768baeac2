import type { ProcessNode } from "#contracts/lineage";
import { type StemmaEvent, textOf } from "../event/event.ts";
import { sideOf } from "../event/sources.ts";
import { hostOf, pidOf } from "./event-fields.ts";
import { factOf } from "./fact-of.ts";
import { under } from "./hosts/under.ts";
import { entityKey, startKey } from "./keys.ts";
import { holderAt, MAY_HAVE_ENDED, timelineOf } from "./resolve/timeline.ts";
import type { HistoryProbe, PidHistory } from "./tables.ts";

/** What is read to find the processes of events. Each call takes a list, so that many events cost no more reads. */
export interface ProcessOfSource {
  /** The hosts that these names mean; a name that is left out is a host of its own. */
  hostsOfNames(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The processes that exits without an entity id ended, by event id. */
  exitOwners(eventIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** A part of a pid's history for each probe, in order. */
  histories(probes: readonly HistoryProbe[]): Promise<readonly PidHistory[]>;
}

/** How the process of an event is found. */
type Way =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "exit" }
  | { readonly kind: "pid"; readonly probe: HistoryProbe }
  | { readonly kind: "none" };

/**
 * The keys of the processes that events are about, by event id: by the entity id or the start of the process, else by
 * pid and time if exactly one process matches.
 */
export async function processKeysOf(
  source: ProcessOfSource,
  events: readonly StemmaEvent[],
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(events.map(hostOf))];
  const hosts = names.length === 0 ? new Map() : await source.hostsOfNames(names);
  const ways = events.map((event) => ({ event, way: wayTo(event, (name) => hosts.get(name) ?? name) }));
  const byPid = ways.flatMap(({ event, way }) => (way.kind === "pid" ? [{ event, probe: way.probe }] : []));
  const [owners, histories] = await Promise.all([
    source.exitOwners(ways.flatMap(({ event, way }) => (way.kind === "exit" ? [event.id] : []))),
    source.histories(byPid.map(({ probe }) => probe)),
  ]);
  const holders = new Map(
    byPid.map(({ event, probe }, index) => [event.id, holderOf(event, probe.pid, histories[index])] as const),
  );
  return new Map(
    ways.flatMap(({ event: { id }, way }) => {
      const key = way.kind === "key" ? way.key : way.kind === "exit" ? owners.get(id) : holders.get(id);
      return key === undefined ? [] : [[id, key] as const];
    }),
  );
}

/**
 * How an event names its process if it does so by process id only; undefined for starts, ends and events with an entity
 * id.
 */
export function processIdOf(
  event: StemmaEvent,
): { readonly host: string; readonly pid: number; readonly executable?: string } | undefined {
  const way = wayTo(event, (name) => name);
  const executable = executableOf(event);
  return way.kind === "pid"
    ? { host: hostOf(event), pid: way.probe.pid, ...(executable === undefined ? {} : { executable }) }
    : undefined;
}

/** Whether a process that was found by id and time may have ended unseen, long before that time. */
export function mayHaveEnded({ start, end }: Pick<ProcessNode, "start" | "end">, time: number): boolean {
  return start !== undefined && end === undefined && time - Date.parse(start) > MAY_HAVE_ENDED;
}

const executableOf = ({ fields }: StemmaEvent): string | undefined =>
  textOf(fields, "process.executable") ?? textOf(fields, "process.name");

function wayTo(event: StemmaEvent, current: (name: string) => string): Way {
  const recorded = factOf(event);
  const fact = recorded === undefined ? undefined : under(recorded, current);
  if (fact !== undefined && fact.kind !== "logon" && fact.kind !== "failed-logon") {
    if (fact.entityId !== undefined) {
      return { kind: "key", key: entityKey(fact.host, fact.entityId) };
    }
    return fact.kind === "start" ? { kind: "key", key: startKey(fact) } : { kind: "exit" };
  }
  const pid = pidOf(event.fields, "process.pid");
  const { time } = event;
  return pid === undefined
    ? { kind: "none" }
    : { kind: "pid", probe: { host: current(hostOf(event)), pid, from: time, to: time, referrers: false } };
}

function holderOf(event: StemmaEvent, pid: number, history: PidHistory | undefined): string | undefined {
  const timeline = timelineOf(pid, history?.rows ?? [], history?.exits.map((exit) => exit.fact) ?? []);
  const holder = holderAt(timeline, {
    time: event.time,
    side: sideOf(textOf(event.fields, "event.provider")),
    executable: executableOf(event),
  });
  const known = holder.kind === "found" || (holder.kind === "ambiguous" && holder.doubt === "age");
  return known ? holder.key : undefined;
}
