import { type StemmaEvent, textOf } from "../event/event.ts";
import { hostOf } from "./event-fields.ts";
import type { LogonFact } from "./facts.ts";

const KERNEL = ["Microsoft-Windows-Kernel-General"];
const EVENT_LOG = ["EventLog", "Microsoft-Windows-Eventlog"];

/** By event code: the providers whose record it is. */
const RECORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ["12", KERNEL],
  ["13", KERNEL],
  ["41", ["Microsoft-Windows-Kernel-Power"]],
  ["6005", EVENT_LOG],
  ["6006", EVENT_LOG],
  ["6008", EVENT_LOG],
  ["6009", EVENT_LOG],
  ["4608", ["Microsoft-Windows-Security-Auditing"]],
  ["4", ["Microsoft-Windows-Sysmon"]],
]);

/**
 * A start or end of Windows itself, or of Sysmon, which starts with it. Boots are stored among the facts of logons, for
 * the host as a whole: see `BOOT_ID`.
 */
export function bootFact(event: StemmaEvent, code: string, provider: string): LogonFact | undefined {
  if (RECORDS.get(code)?.includes(provider) !== true) {
    return undefined;
  }
  const restart = restartOf(event, code);
  return restart === undefined
    ? undefined
    : { kind: "logon", what: restart, host: hostOf(event), time: event.time, logonId: BOOT_ID, source: event.source };
}

/** Takes the place of a logon id in facts about a whole host; no logon id is written so. */
export const BOOT_ID = "boot";

/** An administrator restarts Sysmon within this time (milliseconds) of its end: no boot. */
const SERVICE_RESTART = 600_000;

/** When a host was started or stopped, by time. */
export function bootsOf(facts: readonly LogonFact[]): readonly number[] {
  const stopped = facts.filter(({ what }) => what === "sysmon-stopped").map(({ time }) => time);
  const isRestart = (time: number) => stopped.some((end) => end <= time && time - end <= SERVICE_RESTART);
  return facts
    .filter(({ what, time }) => what === "boot" || (what === "sysmon-started" && !isRestart(time)))
    .map(({ time }) => time)
    .sort((a, b) => a - b);
}

function restartOf(event: StemmaEvent, code: string): LogonFact["what"] | undefined {
  if (code !== "4") {
    return "boot";
  }
  switch (textOf(event.fields, "winlog.event_data.State")?.toLowerCase()) {
    case "started":
      return "sysmon-started";
    case "stopped":
      return "sysmon-stopped";
    default:
      return undefined;
  }
}
