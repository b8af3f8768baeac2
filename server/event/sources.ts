import {
  channelsOf,
  type EventSourceId,
  eventSourceIds,
  eventSourceNames,
  providersOf,
  sourceIdByName,
} from "#contracts/event-source";
import { security } from "./sources/security.ts";
import type { EventSource, Side } from "./sources/source.ts";
import { sysmon } from "./sources/sysmon.ts";
import { application, powershell, system, wmi } from "./sources/windows-logs.ts";

export type { EventSource, RecordType, Side } from "./sources/source.ts";

/** Every event source. Its names are in `#contracts/event-source`, which web shares. See docs/adding-a-format.md. */
export const eventSources: { readonly [Id in EventSourceId]: EventSource } = {
  sysmon,
  security,
  powershell,
  wmi,
  system,
  application,
};

const byProvider: ReadonlyMap<string, EventSource> = new Map(
  eventSourceIds.flatMap((id) => providersOf(eventSourceNames[id]).map((name) => [name, eventSources[id]] as const)),
);

/** The source of a provider, to whichever channel its records were forwarded. */
export function sourceOfProvider(provider: string): EventSource | undefined {
  return byProvider.get(provider);
}

export function sourceOfChannel(channel: string): EventSource | undefined {
  const id = sourceIdByName(channel);
  return id === undefined ? undefined : eventSources[id];
}

/** Whether the mapping of a source applies to the records of every provider in its channel. */
export function mapsWholeChannel(source: EventSource): boolean {
  return providersOf(eventSourceNames[source.id]).length === 0;
}

/** A channel as Windows spells it: exporters may spell it as their configuration does. */
export function canonicalChannel(channel: string): string {
  return spellings.get(channel) ?? spellings.get(channel.toLowerCase()) ?? channel;
}

const spellings: ReadonlyMap<string, string> = new Map(
  eventSourceIds.flatMap((id) =>
    channelsOf(eventSourceNames[id]).flatMap((name) => [[name, name] as const, [name.toLowerCase(), name] as const]),
  ),
);

/** The provider of all records in a channel; `undefined` when there are several or the channel is unknown. */
export function soleProviderOf(channel: string): string | undefined {
  const id = sourceIdByName(channel);
  const providers = id === undefined ? [] : providersOf(eventSourceNames[id]);
  return providers.length === 1 ? providers[0] : undefined;
}

/** Who recorded a process, by the provider of the record. Unknown providers are endpoint sensors, which are agents. */
export function sideOf(provider: string | undefined): Side {
  return (provider === undefined ? undefined : sourceOfProvider(provider)?.side) ?? "agent";
}

/** Order of records about one process: an agent's first, as they have more detail (hashes, parent command line). */
export function precedenceOf(id: EventSourceId | undefined): number {
  switch (id === undefined ? undefined : eventSources[id].side) {
    case "agent":
      return 0;
    case "security":
      return 2;
    default:
      return 1;
  }
}
