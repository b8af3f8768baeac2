import {
  channelsOf,
  type EventSourceId,
  eventSourceIds,
  eventSourceNames,
  providersOf,
  sourceIdByName,
} from "#contracts/event-source";
import { mapAnyRecord } from "./sources/any.ts";
import { application } from "./sources/application.ts";
import { applocker } from "./sources/applocker.ts";
import { bitsClient } from "./sources/bits-client.ts";
import { defender } from "./sources/defender.ts";
import { dnsClient } from "./sources/dns-client.ts";
import * as others from "./sources/other-channels.ts";
import { powershell } from "./sources/powershell.ts";
import { security } from "./sources/security.ts";
import type { Dataset, EventSource, MapRecord, RecordType, Side } from "./sources/source.ts";
import { sysmon } from "./sources/sysmon.ts";
import { system } from "./sources/system.ts";
import { taskScheduler } from "./sources/task-scheduler.ts";
import { terminalServices } from "./sources/terminal-services.ts";
import { wmi } from "./sources/wmi.ts";
import type { WindowsEvent } from "./windows-event.ts";

export type { EventSource, RecordType, Side } from "./sources/source.ts";

/** Every event source. Its names are in `#contracts/event-source`, which web shares. See docs/adding-a-format.md. */
export const eventSources: { readonly [Id in EventSourceId]: EventSource } = {
  sysmon,
  security,
  powershell,
  wmi,
  system,
  application,
  "task-scheduler": taskScheduler,
  defender,
  "terminal-services": terminalServices,
  "bits-client": bitsClient,
  applocker,
  "dns-client": dnsClient,
  "code-integrity": others.codeIntegrity,
  "windows-firewall": others.windowsFirewall,
  ntlm: others.ntlm,
  "driver-frameworks": others.driverFrameworks,
  "ldap-client": others.ldapClient,
  "appx-deployment": others.appxDeployment,
  "appx-packaging": others.appxPackaging,
  "appmodel-runtime": others.appmodelRuntime,
  lsa: others.lsa,
  "smb-server": others.smbServer,
  "smb-client": others.smbClient,
  "certificate-lifecycle": others.certificateLifecycle,
  capi2: others.capi2,
  "security-mitigations": others.securityMitigations,
  "shell-core": others.shellCore,
  "print-service": others.printService,
  "iis-configuration": others.iisConfiguration,
  "exchange-management": others.exchangeManagement,
  "dns-server": others.dnsServer,
  openssh: others.openssh,
  "kernel-file": others.kernelFile,
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

/** How a record is mapped: its source, what its code means there, and the mapping of its values. */
export interface Mapping {
  readonly source: EventSource | undefined;
  readonly type: RecordType | undefined;
  readonly map: MapRecord;
  /** Of the integration that collects the channel, or the provider where its records were forwarded to another. */
  readonly dataset: Dataset | undefined;
}

const mappings = new Map<string, Map<string, Map<string, Mapping>>>();
let mappingCount = 0;
/** Logs are untrusted: they can name any number of providers, channels and codes. */
const MAPPING_LIMIT = 20_000;

/** The mapping of the records of a provider and code in a channel: found once for each. */
export function mappingOf({ provider, channel }: Names, code: string): Mapping {
  return mappings.get(provider)?.get(channel)?.get(code) ?? rememberMapping({ provider, channel }, code);
}

function rememberMapping({ provider, channel }: Names, code: string): Mapping {
  if (mappingCount >= MAPPING_LIMIT) {
    mappings.clear();
    mappingCount = 0;
  }
  mappingCount += 1;
  const found = findMapping({ provider, channel }, code);
  mappings
    .getOrInsertComputed(provider, () => new Map())
    .getOrInsertComputed(channel, () => new Map())
    .set(code, found);
  return found;
}

type Names = Pick<WindowsEvent, "provider" | "channel">;

function findMapping(names: Names, code: string): Mapping {
  const ofProvider = sourceOfProvider(names.provider);
  const ofChannel = sourceOfChannel(names.channel);
  const source = ofProvider ?? ofChannel ?? sourceOfGuest(names.provider, code);
  const dataset = (ofChannel ?? source)?.dataset?.(names.channel);
  if (source === undefined) {
    return { source, type: undefined, map: mapAnyRecord, dataset };
  }
  const mapsAll = source === ofProvider || mapsWholeChannel(source);
  const type = source.records.get(code);
  const applies =
    type !== undefined &&
    (source === ofProvider || (type.provider === undefined ? mapsAll : isWrittenBy(type.provider, names)));
  return applies
    ? { source, type, map: type.map ?? source.map, dataset }
    : { source, type: undefined, map: mapsAll ? source.map : mapAnyRecord, dataset };
}

/** Some exporters omit the provider, or repeat the channel in its place. */
function isWrittenBy(provider: string, names: Names): boolean {
  return names.provider === provider || names.provider === "" || names.provider === names.channel;
}

/** The source in whose channel a provider writes records with this code, if they were forwarded to another. */
function sourceOfGuest(provider: string, code: string): EventSource | undefined {
  return eventSourceIds
    .map((id) => eventSources[id])
    .find(({ records }) => records.get(code)?.provider === provider && provider !== "");
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
