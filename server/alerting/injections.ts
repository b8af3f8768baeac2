import type { ProcessNode } from "#contracts/lineage";
import type { AlertRecord } from "../alert/record.ts";
import type { StemmaEvent } from "../event/event.ts";
import { asEventOfTarget, targetOf } from "../lineage/target-of.ts";
import { refusingDamage } from "../store/damage.ts";
import type { Store } from "../store/port.ts";
import type { AlertProcess } from "./processes.ts";

/** Events of one process that are examined, and records of one alert. */
const INJECTIONS = 200;
const SOURCES = 50;
/** Processes that a chain of injections is followed over. */
const CHAIN = 16;
/** The clocks of two logs on one host differ by at most this much (milliseconds). */
const TOLERANCE = 3000;

/** A process with an alert did something to another process. */
interface Injection {
  readonly source: AlertProcess;
  /** Epoch milliseconds. */
  readonly time: number;
}

/** Injections by the key of the process that they were done to. */
export type Injections = Map<string, Injection[]>;

/**
 * Adds what the processes of these alerts did to other processes: the threads that they started in them, and every
 * handle to another process that an alert was raised on. Handles alone are no reason: virus scanners and monitors open
 * all processes all the time. See docs/decisions/0060.
 */
export async function collectInjections(
  { lineage, events }: Pick<Store, "lineage" | "events">,
  alerts: readonly AlertRecord[],
  processes: ReadonlyMap<string, AlertProcess>,
  found: Injections,
): Promise<void> {
  const nodes = await lineage.processes([...processes.keys()]);
  const acts: { readonly source: AlertProcess; readonly event: StemmaEvent }[] = [];
  for (const [key, source] of processes) {
    for (const event of await injectionsOf(events, nodes.get(key))) {
      acts.push({ source, event });
    }
  }
  for (const alert of alerts) {
    const source = processes.get(alert.processKey ?? "");
    const evidence = source === undefined ? [] : await evidenceWithTarget(events, alert);
    acts.push(...(source === undefined ? [] : evidence.map((event) => ({ source, event }))));
  }
  const probes = acts.flatMap(({ event, source }, index) => {
    const target = targetOf(event);
    return target === undefined ? [] : [{ source, event: { ...asEventOfTarget(event, target), id: String(index) } }];
  });
  const targets = await lineage.processesOf(probes.map(({ event }) => event));
  for (const { source, event } of probes) {
    const key = targets.get(event.id)?.key;
    if (key !== undefined && key !== source.key) {
      const known = found.get(key) ?? [];
      known.push({ source, time: event.time });
      found.set(key, known);
    }
  }
}

async function injectionsOf(events: Store["events"], node: ProcessNode | undefined): Promise<readonly StemmaEvent[]> {
  return node === undefined || node.activity.injection === 0
    ? []
    : (await refusingDamage(() => events.ofProcess(node, { kind: "injection", limit: INJECTIONS }))).items;
}

/** The records of an alert that name another process. Those of one rule are alike: the leading one tells. */
async function evidenceWithTarget(events: Store["events"], alert: AlertRecord): Promise<readonly StemmaEvent[]> {
  const { sources, fields, sequence, correlation } = alert;
  const [first, ...others] = sources;
  if (first === undefined || correlation !== undefined) {
    return [];
  }
  const time = Date.parse(first.time);
  const leading = { id: first.eventId, time, source: first, fields: sequence?.last ?? fields };
  if (targetOf(leading) === undefined) {
    return [];
  }
  const more = sequence === undefined ? others.slice(0, SOURCES) : [];
  const found = await Promise.all(more.map(({ eventId }) => events.get(eventId)));
  return [leading, ...found.flatMap((event) => event ?? [])];
}

/**
 * The lineage root of the process that took hold of the process of an alert, or of one that started it, before the
 * alert; over several injections that of the first one, with the origin root of its sessions. Undefined if there is
 * none, or if processes of several lineages did it.
 */
export async function injectionRoot(
  found: Injections,
  process: AlertProcess,
  time: number,
  originRootOf: (sessions: readonly string[]) => Promise<string | undefined>,
): Promise<string | undefined> {
  const path: AlertProcess[] = [process];
  let [at, before] = [process, time];
  for (let step = 0; step < CHAIN; step += 1) {
    const cause = causeOf(found, at, before);
    if (cause === undefined) {
      break;
    }
    const again = path.findIndex(({ rootKey }) => rootKey === cause.source.rootKey);
    if (again !== -1) {
      // Two lineages took hold of each other: the same one of them, wherever the chain is entered.
      const [least] = path
        .slice(again)
        .map(({ rootKey }) => rootKey)
        .sort();
      return least === process.rootKey ? undefined : least;
    }
    path.push(cause.source);
    [at, before] = [cause.source, cause.time];
  }
  const root = path.length === 1 ? undefined : ((await originRootOf(at.sessions)) ?? at.rootKey);
  return root === process.rootKey ? undefined : root;
}

/** The injection into the process, or else into the nearest one above it, if it came from one lineage only. */
function causeOf(found: Injections, { branch, rootKey }: AlertProcess, before: number): Injection | undefined {
  for (const key of branch) {
    const causes = (found.get(key) ?? []).filter(
      ({ source, time }) => source.rootKey !== rootKey && time <= before + TOLERANCE,
    );
    if (causes.length > 0) {
      const roots = new Set(causes.map(({ source }) => source.rootKey));
      return roots.size > 1 ? undefined : causes.toSorted(earliest)[0];
    }
  }
  return undefined;
}

const earliest = (a: Injection, b: Injection) => a.time - b.time || (a.source.key < b.source.key ? -1 : 1);
