import { sourceIdOf } from "#contracts/event-source";
import type { Activity } from "#contracts/lineage";
import { type StemmaEvent, textOf, valuesOf } from "../event/event.ts";
import { type RecordType, type Side, sourceOfProvider } from "../event/sources.ts";
import { bootFact } from "./boot-fact.ts";
import type { Fact, FailedLogonFact, LogonFact } from "./facts.ts";
import { explicitLogon, failedLogon, logonChange } from "./logon-fact.ts";
import { activityFact, agentStart, endFact, securityStart } from "./process-fact.ts";

/**
 * The fact that an event states about a process or a logon session, if any. Field names are ECS with Winlogbeat's
 * `winlog.*`. What each event code records is listed with its source (`server/event/sources`).
 */
export function factOf(event: StemmaEvent): Fact | undefined {
  const code = textOf(event.fields, "event.code");
  const provider = textOf(event.fields, "event.provider") ?? event.source.provider ?? "";
  const boot = code === undefined ? undefined : bootFact(event, code, provider);
  if (boot !== undefined) {
    return boot;
  }
  const source = sourceOfProvider(provider);
  if (code !== undefined && source?.side !== undefined) {
    return recordFact(event, source.side, source.records.get(code));
  }
  // A known log without a side tells of processes, but does not record them: PowerShell's engine is no process start.
  return sourceIdOf(event.source) === undefined ? sensorFact(event) : undefined;
}

function recordFact(event: StemmaEvent, side: Side, type: RecordType | undefined): Fact | undefined {
  if (type?.process === "start") {
    return side === "agent" ? agentStart(event) : securityStart(event);
  }
  if (type?.process === "end") {
    return endFact(event, side);
  }
  if (type?.logon !== undefined) {
    return logonFact(event, type.logon);
  }
  return side === "agent" ? activityFact(event, type?.activity) : undefined;
}

function logonFact(
  event: StemmaEvent,
  what: NonNullable<RecordType["logon"]>,
): LogonFact | FailedLogonFact | undefined {
  switch (what) {
    case "failed":
      return failedLogon(event);
    case "explicit":
      return explicitLogon(event);
    default:
      return logonChange(event, what);
  }
}

const CATEGORY_COUNTERS: Readonly<Record<string, keyof Activity>> = {
  network: "network",
  file: "file",
  registry: "registry",
  library: "module",
};

/** Endpoint sensors write ECS themselves: category and type take the place of the event code. */
function sensorFact(event: StemmaEvent): Fact | undefined {
  const categories = valuesOf(event.fields, "event.category");
  if (categories.includes("process")) {
    const types = valuesOf(event.fields, "event.type");
    if (types.includes("start")) {
      return agentStart(event);
    }
    if (types.includes("end")) {
      return endFact(event, "agent");
    }
  }
  const category = categories.find((value) => Object.hasOwn(CATEGORY_COUNTERS, String(value)));
  return activityFact(event, category === undefined ? undefined : CATEGORY_COUNTERS[String(category)]);
}
