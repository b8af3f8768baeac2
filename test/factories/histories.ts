import fc from "fast-check";
import type { StemmaEvent } from "../../server/event/event.ts";
import {
  boot,
  explicitLogon,
  guid,
  logoff,
  logon,
  objectAccess,
  opaqueId,
  securityEnd,
  securityStart,
  specialLogon,
  sysmonActivity,
  sysmonConnection,
  sysmonEnd,
  sysmonStart,
  T0,
} from "./events.ts";

/**
 * A small and crowded world: two hosts, one of them with two names, few pids and images, and times that collide. Every
 * kind of ambiguity occurs in it.
 */
const host = fc.constantFrom("host-a", "host-a", "host-b", "host-a.corp.example");
const pid = fc.constantFrom(100, 200, 300);
const image = fc.constantFrom("C:\\Windows\\cmd.exe", "C:\\Windows\\net.exe");
const time = fc.integer({ min: 0, max: 40 }).map((step) => T0 + step * 700);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const entity = fc.oneof(
  fc.integer({ min: 0, max: 4 }).map((serial) => guid(T0 + serial * 5000, serial)),
  fc.integer({ min: 0, max: 2 }).map(opaqueId),
);
const logonId = fc.constantFrom("0x111", "0x222", "0x3e7");
const user = fc.constantFrom("CORP\\alice", "CORP\\bob");
const commandLine = fc.constantFrom("cmd.exe", "cmd /c dir", undefined);
const address = fc.constantFrom("10.0.0.1", "10.0.0.2");

const anyEvent: fc.Arbitrary<StemmaEvent> = fc.oneof(
  fc
    .record({
      host,
      time,
      guid: entity,
      pid: optional(pid),
      image,
      commandLine,
      parentGuid: optional(entity),
      parentPid: optional(pid),
      parentImage: optional(image),
      logonId: optional(logonId),
      logonGuid: fc.constantFrom(undefined, undefined, "{A-1}", "{B-2}"),
      user: optional(user),
    })
    .map(sysmonStart),
  fc
    .record({
      host,
      time,
      pid,
      image,
      commandLine,
      creatorPid: optional(pid),
      parentImage: optional(image),
      subject: user,
      subjectLogonId: logonId,
      targetLogonId: optional(logonId),
    })
    .map(securityStart),
  fc.record({ host, time, guid: entity, pid: optional(pid), image: optional(image) }).map(sysmonEnd),
  fc.record({ host, time, pid, image: optional(image) }).map(securityEnd),
  fc
    .record({ host, time, guid: entity, pid: optional(pid), image: optional(image), user: optional(user) })
    .map((given) => sysmonActivity(11, given)),
  fc.record({ host, time, pid, image: optional(image) }).map(objectAccess),
  fc
    .record({ host, time, guid: entity, pid: optional(pid), target: fc.record({ guid: entity }) })
    .map((given) => sysmonActivity(8, given)),
  fc.record({ host, time, logonId, user }).map(logon),
  fc.record({ host, time, logonId }).map(logoff),
  fc.record({ host, time }).map(boot),
  fc.record({ host, time, logonId }).map(specialLogon),
  fc.record({ host, time, logonId, user, server: fc.constantFrom("host-b", "host-a.corp.example") }).map(explicitLogon),
  fc
    .record({
      host,
      time,
      guid: entity,
      pid: optional(pid),
      source: address,
      destination: address,
      initiated: fc.boolean(),
    })
    .map(sysmonConnection),
);

/** Entity ids begin with an id of the machine: no two hosts have the same. */
function withOwnIds(event: StemmaEvent): StemmaEvent {
  const machine = String(event.fields["host.name"]).startsWith("host-b") ? "{22222222-" : "{11111111-";
  const fields = Object.entries(event.fields).map(([name, value]) => [
    name,
    typeof value === "string" ? value.replace(/^\{11111111-/, machine) : value,
  ]);
  return { ...event, fields: Object.fromEntries(fields) };
}

/** Events, and some of them again as recorded by another collector. */
const anyEvents = fc
  .array(anyEvent.map(withOwnIds), { minLength: 1, maxLength: 14 })
  .chain((events) =>
    fc
      .subarray(events, { maxLength: Math.min(3, events.length) })
      .map((again) => [...events, ...again.map((event) => fromAnotherCollector(event))]),
  );

function fromAnotherCollector(event: StemmaEvent): StemmaEvent {
  const id = `${event.id}-again`;
  return { ...event, id, source: { ...event.source, eventId: id, file: "another" } };
}

/** Events, the same events in another order, and the sizes of the batches that they arrive in. */
export const history = anyEvents.chain((events) =>
  fc.record({
    events: fc.constant(events),
    shuffled: fc.shuffledSubarray(events, { minLength: events.length, maxLength: events.length }),
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
  }),
);

/** The names of up to three machines: a short name and two full ones, and a name of its own. */
const names = ["host-a", "host-a.corp.example", "host-a.lab.example", "host-b"] as const;

/** A history in which names appear and become ambiguous at any time. Each name has the entity ids of one machine. */
export const renamedHistory = fc
  .record({
    history,
    hosts: fc.infiniteStream(fc.nat({ max: names.length - 1 })),
    machines: fc.tuple(...names.map(() => fc.constantFrom("11111111", "22222222", "33333333"))),
  })
  .map(({ history: { events, shuffled, sizes }, hosts, machines }) => {
    const renamed = new Map(
      events.map((event) => {
        const index = hosts.next().value ?? 0;
        return [event, underName(event, names[index] ?? "host-a", machines[index] ?? "")] as const;
      }),
    );
    const of = (some: readonly StemmaEvent[]) => some.map((event) => renamed.get(event) ?? event);
    return { events: of(events), shuffled: of(shuffled), sizes };
  });

function underName(event: StemmaEvent, name: string, machine: string): StemmaEvent {
  // What has one entity id is one process: it has one pid, image and command line.
  const ofProcess = (field: string): unknown => {
    const [, id] = /^(process\.(?:parent\.)?)/.exec(field) ?? [];
    const serial =
      id === undefined ? undefined : /-00000000000(\d)\}$/.exec(String(event.fields[`${id}entity_id`]))?.[1];
    switch (serial === undefined ? "" : field.slice(id?.length)) {
      case "pid":
        return 100 * (Number(serial) % 3) + 100;
      case "executable":
      case "name":
        return "C:\\Windows\\cmd.exe";
      case "command_line":
        return "cmd.exe";
      default:
        return event.fields[field];
    }
  };
  const renamed = (value: unknown) =>
    typeof value === "string"
      ? value.replace(/^\{11111111-/, `{${machine}-`).replace(/^SENSOR-.$/, (id) => `${name} ${id}`)
      : value;
  // What is recorded without them under a name that is separated later is not: see docs/decisions/0049.
  const described = Object.keys(event.fields).flatMap((field) =>
    /^process\.(?:parent\.)?entity_id$/.test(field)
      ? ["pid", "executable"].map((own) => field.replace("entity_id", own))
      : [],
  );
  const fields = new Set([...Object.keys(event.fields), ...described]);
  const entries = [...fields].map((field) => [field, renamed(ofProcess(field))] as const);
  return { ...event, fields: { ...Object.fromEntries(entries), "host.name": name } };
}

/** Splits a list into parts of these sizes, repeated as needed. */
export function inBatches<T>(list: readonly T[], sizes: readonly number[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (let from = 0, index = 0; from < list.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    parts.push(list.slice(from, from + size));
    from += size;
  }
  return parts;
}
