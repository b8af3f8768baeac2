import type { ProcessNode } from "#contracts/lineage";
import type { Page } from "#contracts/page";
import type { RequestProblem } from "#contracts/problem";
import { type Timeline, type TimelineEvent, type TimelineRequest, timelineKinds } from "#contracts/timeline";
import type { AlertRecord } from "../alert/record.ts";
import { numberOf, type StemmaEvent, textOf } from "../event/event.ts";
import { eventSummary } from "../event/summary.ts";
import { type EventType, eventTypeOf, timelineKindOf } from "../event/timeline-kind.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { AccountResolver } from "../lineage/account-identity.ts";
import { asEventOfTarget, targetOf } from "../lineage/target-of.ts";
import type { Store, StoreReader } from "../store/port.ts";

/** Alerts whose events are looked up, and events of alerts that are listed. */
const ALERTS = 300;
const FIRED = 200;
/** The longest time in which everything on a host is listed, in milliseconds. */
const MAX_WINDOW = 86_400_000;

/**
 * What these processes did, and everything on these hosts, in order of time: the exact number of events of each kind,
 * how many there are when, a page of them, and in any case the events that alerts were raised on. Nothing is stored
 * for it: events are found by the indexes on what they are about and on time. Problems: `request.invalid`.
 */
export async function timelineFor(
  store: Pick<Store, "together">,
  request: TimelineRequest,
): Promise<Result<Timeline, RequestProblem>> {
  const range = { from: timeOf(request.from), to: timeOf(request.to) };
  const problem = request.hosts.length === 0 ? undefined : windowProblem(range);
  if (problem !== undefined) {
    return fail({ code: "request.invalid", message: problem, at: { field: "from" } });
  }
  const reader = store.together();
  const { events, lineage } = reader;
  const [processes, accounts] = await Promise.all([lineage.processes(request.processes), lineage.accounts()]);
  const nodes = [...new Map([...processes.values()].map((node) => [node.key, node])).values()];
  const kinds = new Set(request.kinds ?? timelineKinds);
  const [found, fired] = await Promise.all([
    events.timeline(
      {
        ...range,
        processes: underAllNames(nodes, accounts),
        hosts: request.hosts.flatMap((host) => accounts.hosts.all(host)),
      },
      {
        wants: (type) => kinds.has(timelineKindOf(type)),
        buckets: request.buckets,
        cursor: request.cursor,
        limit: request.limit,
      },
    ),
    firedOn(reader, nodes, request.alerts),
  ]);
  const view = await viewer(reader, [...found.page.items, ...fired.events], fired.alerts);
  const { page, from, to } = found;
  return ok({
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(to).toISOString() }),
    kinds: countsOf(found.types),
    buckets: { milliseconds: found.width, counts: bucketsOf(found.counts) },
    items: page.items.map(view),
    total: page.total,
    ...(page.next === undefined ? {} : { next: page.next }),
    ...(page.next === undefined
      ? {}
      : {
          truncationReason: `The first ${page.items.length} from there on, of ${page.total}: see a shorter time or fewer kinds.`,
        }),
    fired: fired.events.map(view),
    firedTotal: fired.total,
  });
}

/** A page of what these processes did, in order of time, without what a timeline has besides. */
export async function eventsOfProcesses(
  store: Pick<Store, "together">,
  nodes: readonly ProcessNode[],
  page: { readonly cursor?: string; readonly limit: number },
): Promise<Page<TimelineEvent>> {
  const reader = store.together();
  const scope = { processes: underAllNames(nodes, await reader.lineage.accounts()), hosts: [] };
  const found = (await reader.events.timeline(scope, { ...page, wants: () => true, buckets: 0 })).page;
  return { ...found, items: found.items.map(await viewer(reader, found.items, new Map())) };
}

function underAllNames(nodes: readonly ProcessNode[], { hosts }: AccountResolver) {
  return nodes.map((process) => ({ process, hosts: hosts.all(process.host) }));
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

function windowProblem({ from, to }: { readonly from?: number; readonly to?: number }): string | undefined {
  if (from === undefined || to === undefined) {
    return "Everything on a host is listed for a time: `from` and `to` are needed.";
  }
  return to - from > MAX_WINDOW ? "Everything on a host is listed for at most 24 hours." : undefined;
}

function countsOf(types: readonly (EventType & { readonly count: number })[]): Timeline["kinds"] {
  const counts = Map.groupBy(types, timelineKindOf);
  return timelineKinds.flatMap((kind) => {
    const count = counts.get(kind)?.reduce((sum, one) => sum + one.count, 0) ?? 0;
    return count === 0 ? [] : [{ kind, count }];
  });
}

function bucketsOf(
  counts: readonly (EventType & { readonly host: string; readonly bucket: number; readonly count: number })[],
): Timeline["buckets"]["counts"] {
  const sums = new Map<string, Timeline["buckets"]["counts"][number]>();
  for (const one of counts) {
    const [host, bucket, kind] = [one.host, one.bucket, timelineKindOf(one)];
    const key = JSON.stringify([host, bucket, kind]);
    sums.set(key, { host, bucket, kind, count: (sums.get(key)?.count ?? 0) + one.count });
  }
  return [...sums.values()].sort((a, b) => a.bucket - b.bucket || (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}

interface Fired {
  readonly events: readonly StemmaEvent[];
  readonly total: number;
  /** By event id. */
  readonly alerts: ReadonlyMap<string, readonly AlertRecord[]>;
}

/** The events that alerts on the processes were raised on, and those of further alerts, oldest first. */
async function firedOn(
  { alerts, events }: StoreReader,
  nodes: readonly ProcessNode[],
  ids: readonly string[],
): Promise<Fired> {
  const alerted = nodes.filter((node) => node.alerts.length > 0).map(({ key }) => key);
  const [onProcesses, others] = await Promise.all([
    alerted.length === 0
      ? []
      : alerts.find({ processKeys: alerted, limit: ALERTS, order: "oldest-first" }).then(({ items }) => items),
    ids.length === 0 ? [] : Promise.all(ids.map((id) => alerts.get(id))),
  ]);
  const all = new Map([...onProcesses, ...others].flatMap((alert) => (alert === undefined ? [] : [[alert.id, alert]])));
  const byEvent = new Map<string, AlertRecord[]>();
  for (const alert of all.values()) {
    for (const eventId of new Set([
      ...alert.sources.map((source) => source.eventId),
      ...(alert.sequence?.eventIds ?? []),
    ])) {
      byEvent.getOrInsertComputed(eventId, () => []).push(alert);
    }
  }
  const wanted = [...byEvent.keys()].slice(0, FIRED);
  const found = (await Promise.all(wanted.map((id) => events.get(id)))).filter((event) => event !== undefined);
  return {
    events: found.toSorted((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1)),
    total: byEvent.size,
    alerts: byEvent,
  };
}

/** Events as a timeline lists them, without their alerts. */
export async function timelineEvents(
  store: Pick<Store, "together">,
  events: readonly StemmaEvent[],
): Promise<readonly TimelineEvent[]> {
  return events.map(await viewer(store.together(), events, new Map()));
}

/** Makes the view of each of these events; their processes are read at once. */
async function viewer(
  { lineage }: StoreReader,
  events: readonly StemmaEvent[],
  alerts: Fired["alerts"],
): Promise<(event: StemmaEvent) => TimelineEvent> {
  const targets = new Map(
    events.flatMap((event) => {
      const target = targetOf(event);
      return target === undefined ? [] : [[event.id, target] as const];
    }),
  );
  const distinct = [...new Map(events.map((event) => [event.id, event])).values()];
  const ofTargets = distinct.flatMap((event) => {
    const target = targets.get(event.id);
    return target === undefined ? [] : [{ ...asEventOfTarget(event, target), id: targetId(event) }];
  });
  const processes = await lineage.processesOf([...distinct, ...ofTargets]);
  return (event) => {
    const target = targets.get(event.id);
    return {
      id: event.id,
      time: new Date(event.time).toISOString(),
      host: textOf(event.fields, "host.name") ?? "",
      kind: timelineKindOf(eventTypeOf(event)),
      summary: eventSummary(event.fields),
      process: {
        key: processes.get(event.id)?.key,
        name: processes.get(event.id)?.name ?? textOf(event.fields, "process.name"),
        pid: numberOf(event.fields, "process.pid"),
      },
      target: target && { key: processes.get(targetId(event))?.key, name: target.name, pid: target.pid },
      alerts: (alerts.get(event.id) ?? []).map(({ id, rule, severity }) => ({ id, ruleName: rule.name, severity })),
      source: event.source,
    };
  };
}

const targetId = ({ id }: StemmaEvent) => `target of ${id}`;
