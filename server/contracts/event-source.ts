import type { SourceRef } from "./event.ts";

/** How an event source is named: in its records, and for people. */
export interface EventSourceNames {
  /** For people. */
  readonly label: string;
  /** The channel of its records, as Windows spells it. */
  readonly channel: string;
  readonly otherChannels?: readonly string[];
  /** The provider of its records; absent when many providers write to its channel. */
  readonly provider?: string;
  readonly otherProviders?: readonly string[];
}

/**
 * Every event source, by the id that databases and playbooks use. A new source is a record here; the compiler then asks
 * `server/event/sources.ts` for its mapping. See docs/adding-a-format.md.
 */
export const eventSourceNames = {
  sysmon: {
    label: "Sysmon",
    channel: "Microsoft-Windows-Sysmon/Operational",
    provider: "Microsoft-Windows-Sysmon",
  },
  security: {
    label: "Security",
    channel: "Security",
    provider: "Microsoft-Windows-Security-Auditing",
  },
  powershell: {
    label: "PowerShell",
    channel: "Microsoft-Windows-PowerShell/Operational",
    otherChannels: ["Windows PowerShell", "PowerShellCore/Operational"],
    provider: "Microsoft-Windows-PowerShell",
    otherProviders: ["PowerShell"],
  },
  wmi: { label: "WMI", channel: "Microsoft-Windows-WMI-Activity/Operational" },
  system: { label: "System", channel: "System" },
  application: { label: "Application", channel: "Application" },
} as const satisfies Readonly<Record<string, EventSourceNames>>;

export type EventSourceId = keyof typeof eventSourceNames;

export const eventSourceIds = Object.keys(eventSourceNames) as readonly EventSourceId[];

export function isEventSourceId(text: string): text is EventSourceId {
  return Object.hasOwn(eventSourceNames, text);
}

export function channelsOf(names: EventSourceNames): readonly string[] {
  return [names.channel, ...(names.otherChannels ?? [])];
}

export function providersOf(names: EventSourceNames): readonly string[] {
  return [...(names.provider === undefined ? [] : [names.provider]), ...(names.otherProviders ?? [])];
}

const idByName: ReadonlyMap<string, EventSourceId> = new Map(
  eventSourceIds.flatMap((id) =>
    [...channelsOf(eventSourceNames[id]), ...providersOf(eventSourceNames[id])].flatMap((name) => [
      // As Windows spells it, so that nearly every lookup needs no conversion.
      [name, id] as const,
      [name.toLowerCase(), id] as const,
    ]),
  ),
);

/** The source with this channel or provider, in any spelling. */
export function sourceIdByName(name: string): EventSourceId | undefined {
  return idByName.get(name) ?? idByName.get(name.toLowerCase());
}

/** The source of a record: by its channel, or by its provider when it was forwarded to another channel. */
export function sourceIdOf({ channel, provider }: Pick<SourceRef, "channel" | "provider">): EventSourceId | undefined {
  return (
    (channel === undefined ? undefined : sourceIdByName(channel)) ??
    (provider === undefined ? undefined : sourceIdByName(provider))
  );
}

/** The label of a source as coverage names it: a known id, or the name of another channel. */
export function sourceLabel(source: string): string {
  return isEventSourceId(source) ? eventSourceNames[source].label : source;
}

/** A short name for a record: "Sysmon 1", "Security 4688", or its provider where a channel has many. */
export function recordLabel(source: Pick<SourceRef, "channel" | "provider" | "code">): string {
  const id = sourceIdOf(source);
  const names: EventSourceNames | undefined = id === undefined ? undefined : eventSourceNames[id];
  const name =
    names?.provider === undefined
      ? (source.provider?.replace("Microsoft-Windows-", "") ?? source.channel ?? "record")
      : names.label;
  return source.code === undefined ? name : `${name} ${source.code}`;
}
