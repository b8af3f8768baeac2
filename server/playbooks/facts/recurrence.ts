import type { ProcessNode } from "#contracts/lineage";
import { and, type Condition, equals } from "../../condition/tree.ts";
import { textOf, valuesOf } from "../../event/event.ts";
import { nameOf } from "../../lineage/keys.ts";
import type { Store } from "../../store/port.ts";
import type { AlertContext } from "../alert-fields.ts";
import { fromSameAddress, newChildrenOf, originsOf } from "./run-habits.ts";
import { payloadOf, samePayload, shapeOf } from "./shape.ts";

export const DAY = 86_400_000;
/** The month before the event. */
export const MONTH = 30 * DAY;
/** Runs that are compared at most; of more, some of each day. */
const COMPARED = 300;
const OF_A_DAY = 5;
/** What happened within these hours before the event is the same activity, not a habit. */
const SETTLED = DAY / 2;
/** Habits keep to a time of day; clocks are put forward and back by an hour. */
const SAME_HOUR = 1.5 * 3_600_000;

/** How often the same happened before. */
interface Recurrence {
  /** On this host; not more than are compared. */
  readonly same: number;
  /** Days of UTC on which it happened on this host, long enough before the event. */
  readonly days: number;
  /** Those of them on which it happened at this time of day. */
  readonly sameHourDays: number;
  /**
   * What it started that none of its earlier runs did, by command-line template and payload; undefined for what is no
   * process, and for what did not run before.
   */
  readonly newChildren?: number;
  /** Hosts on which it ran, this one included; only for processes, as searching the records of all hosts takes long. */
  readonly hosts?: number;
  /** On this host: the same command-line template with another payload. */
  readonly otherPayload: number;
}

/**
 * How often exactly this ran or was done in the month before the event of an alert: the same command line with the same
 * payload, by the same account, from the same address, and from the same parent, which ran the same and was started by
 * the same program. For other records: the same values in what they are about, by the same account.
 */
export function recurrenceOf(store: Store, context: AlertContext): Promise<Recurrence | undefined> {
  const { process, fields } = context;
  return process !== undefined && process.commandLine !== undefined && shapeOf(fields).object.length === 0
    ? runsBefore(store, context, process)
    : recordsBefore(store, context);
}

/** Days of UTC among times that are long enough before `at`. */
export function settledDays(times: readonly number[], at: number): number {
  return new Set(times.filter((time) => time <= at - SETTLED).map((time) => Math.floor(time / DAY))).size;
}

async function runsBefore(
  { lineage }: Pick<Store, "lineage">,
  { alert }: AlertContext,
  process: ProcessNode,
): Promise<Recurrence | undefined> {
  const name = nameOf(process.name);
  if (name === undefined) {
    return undefined;
  }
  const at = process.start === undefined ? alert.time : Date.parse(process.start);
  const among = { name, childGroup: process.childGroup } as const;
  const [onHost, everywhere] = await Promise.all([
    spreadRuns(lineage, { ...among, host: process.host }, at),
    lineage.runs({ ...among, from: at - MONTH, to: at - 1, limit: COMPARED }),
  ]);
  const candidates = [process, ...onHost, ...everywhere.items];
  const startedBy = await originsOf(lineage, candidates);
  const payload = payloadOf(process.commandLine ?? "");
  const others = (runs: readonly ProcessNode[]) => runs.filter((run) => run.key !== process.key);
  const hasPayload = (run: ProcessNode) => samePayload(payload, payloadOf(run.commandLine ?? ""));
  const isSame = (run: ProcessNode) => hasPayload(run) && startedBy(run) === startedBy(process);
  const sameForm = others(onHost).filter(isSame);
  const same = await fromSameAddress(lineage, process, sameForm);
  const times = same.flatMap(({ start }) => (start === undefined ? [] : [Date.parse(start)]));
  return {
    same: same.length,
    days: settledDays(times, at),
    sameHourDays: settledDays(times.filter(isAtHourOf(at)), at),
    newChildren: await newChildrenOf(lineage, process, same),
    hosts: new Set([
      process.host,
      ...others(everywhere.items)
        .filter(isSame)
        .map(({ host }) => host),
    ]).size,
    otherPayload: others(onHost).filter((run) => !hasPayload(run)).length,
  };
}

const isAtHourOf = (at: number) => (time: number) => {
  const apart = Math.abs(at - time) % DAY;
  return Math.min(apart, DAY - apart) <= SAME_HOUR;
};

/** The runs of the month before, newest first; if they are too many, some of each day. */
async function spreadRuns(
  lineage: Store["lineage"],
  among: { readonly name: string; readonly childGroup: string; readonly host: string },
  at: number,
): Promise<readonly ProcessNode[]> {
  const newest = await lineage.runs({ ...among, from: at - MONTH, to: at - 1, limit: COMPARED });
  if (newest.total <= newest.items.length) {
    return newest.items;
  }
  const days = Array.from({ length: MONTH / DAY }, (_, day) => at - (day + 1) * DAY);
  const spread = await Promise.all(
    days.map((from) => lineage.runs({ ...among, from, to: from + DAY - 1, limit: OF_A_DAY })),
  );
  const all = [...newest.items, ...spread.flatMap(({ items }) => items)];
  return [...new Map(all.map((run) => [run.key, run])).values()];
}

/** Fields that say what was done, besides the program that did it. */
const OBJECTS = [
  ["registry.path", "registry.data.strings"],
  ["winlog.event_data.TargetImage", "winlog.event_data.GrantedAccess"],
  ["dll.path"],
  ["file.path"],
  ["destination.ip", "destination.port"],
  ["dns.question.name"],
  ["service.name", "winlog.event_data.ImagePath"],
  ["winlog.event_data.TaskName", "winlog.event_data.TaskContent"],
  ["powershell.file.script_block_text"],
  ["user.name", "user.domain", "source.ip", "winlog.event_data.LogonType"],
] as const;

/** The same for what is no start of a process: records with the same values in the fields that matter. */
async function recordsBefore(
  { events }: Pick<Store, "events">,
  { alert, host }: AlertContext,
): Promise<Recurrence | undefined> {
  const fields = alert.sequence?.last ?? alert.fields;
  const names = OBJECTS.find(([first]) => fields[first] !== undefined);
  const code = textOf(fields, "event.code");
  if (names === undefined || code === undefined) {
    return undefined;
  }
  const same = (name: string): readonly Condition[] => {
    const values = valuesOf(fields, name);
    return values.length === 0 ? [] : [equals(name, [...values], { caseInsensitive: true })];
  };
  const by = names.some((name) => name === "user.name") ? [] : ["user.name", "user.domain"];
  const wanted = and(equals("event.code", code), ...["process.executable", ...by, ...names].flatMap(same));
  const { names: hostNames } = await host();
  const onHost = await events.find({
    from: alert.time - MONTH,
    to: alert.time - 1,
    order: "newest-first",
    condition: and(wanted, equals("host.name", [...hostNames], { caseInsensitive: true })),
    limit: COMPARED,
  });
  const times = onHost.events.map(({ time }) => time);
  return {
    same: onHost.total,
    days: settledDays(times, alert.time),
    sameHourDays: settledDays(times.filter(isAtHourOf(alert.time)), alert.time),
    otherPayload: 0,
  };
}
