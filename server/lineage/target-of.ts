import { type StemmaEvent, textOf } from "../event/event.ts";
import { baseName } from "../event/path.ts";
import { entityId, parseNumber } from "../event/values.ts";
import { usableEntityId } from "./keys.ts";

/** The other process of an event: whose memory was opened, or in which a thread was started. */
export interface TargetProcess {
  readonly entityId?: string;
  readonly pid?: number;
  readonly executable?: string;
  readonly name?: string;
}

/** Undefined for events that name no other process. */
export function targetOf({ fields }: StemmaEvent): TargetProcess | undefined {
  const of = (...names: readonly string[]) =>
    names.map((name) => textOf(fields, name)).find((one) => one !== undefined);
  const guid = of("winlog.event_data.TargetProcessGUID", "winlog.event_data.TargetProcessGuid");
  const entity = of("Target.process.entity_id") ?? entityId(guid);
  const executable = of("Target.process.executable", "winlog.event_data.TargetImage");
  const pid = parseNumber(of("Target.process.pid", "winlog.event_data.TargetProcessId"));
  if (entity === undefined && executable === undefined) {
    return undefined;
  }
  return {
    entityId: usableEntityId(entity),
    pid,
    executable,
    name: executable === undefined ? undefined : baseName(executable),
  };
}

/** An event that the target could have caused itself: what its process is found by. */
export function asEventOfTarget(event: StemmaEvent, { entityId: entity, pid, executable }: TargetProcess): StemmaEvent {
  const kept = ["host.name", "host.id", "event.code", "event.provider"].flatMap((name) => {
    const value = event.fields[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...event,
    fields: {
      ...Object.fromEntries(kept),
      ...(entity === undefined ? {} : { "process.entity_id": entity }),
      ...(pid === undefined ? {} : { "process.pid": pid }),
      ...(executable === undefined ? {} : { "process.executable": executable }),
    },
  };
}
