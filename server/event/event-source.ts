import type { Fields } from "#contracts/event";
import { isEventSourceId, sourceIdOf } from "#contracts/event-source";
import { type StemmaEvent, textOf, valuesOf } from "./event.ts";
import { eventSources } from "./sources.ts";

/**
 * The source of an event as stores keep it: the id of a known source ("sysmon", "security", …), or else its channel,
 * provider or dataset in lower case.
 */
export function eventSource(event: StemmaEvent): string {
  const known = sourceIdOf(event.source);
  if (known !== undefined) {
    return known;
  }
  const { channel, provider } = event.source;
  const name =
    channel ?? provider ?? textOf(event.fields, "data_stream.dataset") ?? textOf(event.fields, "event.module");
  return name?.toLowerCase() ?? "other";
}

/** What an event reports about its process: a counter of `Activity`, "process", "logon", or another ECS category. */
export function eventKind(event: StemmaEvent, source = eventSource(event)): string | undefined {
  const code = event.source.code ?? textOf(event.fields, "event.code");
  const activity =
    code !== undefined && isEventSourceId(source) ? eventSources[source].records.get(code)?.activity : undefined;
  if (activity !== undefined) {
    return activity;
  }
  const categories = valuesOf(event.fields, "event.category");
  if (categories.includes("registry")) {
    return "registry";
  }
  const category = categories[0];
  if (category === "authentication") {
    return "logon";
  }
  if (category === "network" && event.fields["dns.question.name"] !== undefined) {
    return "dns";
  }
  if (category === "library") {
    return "module";
  }
  return category === undefined ? undefined : String(category);
}

/** Whether an event records a process start. */
export function startsProcess(fields: Fields): boolean {
  return valuesOf(fields, "event.category").includes("process") && valuesOf(fields, "event.type").includes("start");
}
