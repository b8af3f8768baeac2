import { numberOf, type StemmaEvent, textOf } from "../event/event.ts";
import { UNKNOWN_HOST } from "../event/host-id.ts";
import { nameOf } from "./keys.ts";

/** Hosts are compared in lower case. All events without a host share one. */
export function hostOf(event: StemmaEvent): string {
  const host = textOf(event.fields, "host.name") ?? textOf(event.fields, "host.id");
  // Keys join their parts by NUL: a host that contains it could imitate another host and part of an identifier.
  return host === undefined || host === "" ? UNKNOWN_HOST : host.toLowerCase().replaceAll("\u0000", "\ufffd");
}

/** A process id has 32 bits: any other number cannot refer to a process. */
export function pidOf(fields: StemmaEvent["fields"], name: "process.pid" | "process.parent.pid"): number | undefined {
  const pid = numberOf(fields, name);
  return pid !== undefined && Number.isInteger(pid) && pid >= 0 && pid <= 0xffff_ffff ? pid : undefined;
}

/** The first of the fields that names a file: see `isImage`. */
export function pathOf(fields: StemmaEvent["fields"], ...names: readonly string[]): string | undefined {
  return names.map((name) => textOf(fields, name)).find((path) => nameOf(path) !== undefined);
}
