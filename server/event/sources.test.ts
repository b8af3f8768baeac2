import { describe, expect, it } from "vitest";
import {
  channelsOf,
  type EventSourceNames,
  eventSourceIds,
  eventSourceNames,
  providersOf,
  recordLabel,
  sourceIdOf,
  sourceLabel,
} from "#contracts/event-source";
import { eventKind, eventSource } from "./event-source.ts";
import { fieldType } from "./field-catalogue.ts";
import { mapWindowsEvent } from "./mapping.ts";
import { recordKinds } from "./record-kinds.ts";
import { canonicalChannel, eventSources, precedenceOf, sideOf, soleProviderOf, sourceOfProvider } from "./sources.ts";
import type { WindowsEvent } from "./windows-event.ts";

const origin = { file: "test", offset: 0 };

/** A record of a source, written by the first provider of its channel. */
function record(names: EventSourceNames, code: number, more: Partial<WindowsEvent> = {}): WindowsEvent {
  return {
    provider: names.provider ?? "Example-Provider",
    channel: names.channel,
    computer: "host-1",
    code,
    time: Date.UTC(2026, 0, 2),
    data: new Map(),
    unnamed: [],
    ...more,
  };
}

// Every source of the table is walked: a new one is checked without a change here.
describe.each(eventSourceIds)("the event source %s", (id) => {
  const names: EventSourceNames = eventSourceNames[id];
  const source = eventSources[id];

  it("has the id under which it is listed, and a label", () => {
    expect(source.id).toBe(id);
    expect(sourceLabel(id)).toBe(names.label);
    expect(names.label).not.toBe("");
  });

  it("is recognised by each of its channels and providers, in any spelling", () => {
    for (const channel of channelsOf(names)) {
      expect(sourceIdOf({ channel })).toBe(id);
      expect(sourceIdOf({ channel: channel.toUpperCase() })).toBe(id);
      expect(canonicalChannel(channel.toLowerCase())).toBe(channel);
    }
    for (const provider of providersOf(names)) {
      expect(sourceIdOf({ channel: "ForwardedEvents", provider })).toBe(id);
      expect(sourceOfProvider(provider)).toBe(source);
    }
  });

  it("is the source of its mapped records, also of codes it does not list", () => {
    for (const code of [...source.records.keys(), "65535"]) {
      const provider = source.records.get(code)?.provider ?? record(names, 0).provider;
      const event = mapWindowsEvent(record(names, Number(code), { provider }), origin);
      expect(eventSource(event)).toBe(id);
      expect(event.fields["event.code"]).toBe(code);
      expect(event.fields["event.action"]).toBe(source.records.get(code)?.action);
      expect(event.fields["event.category"]).toEqual(source.records.get(code)?.category);
      const activity = source.records.get(code)?.activity;
      expect(activity === undefined || eventKind(event) === activity).toBe(true);
    }
  });

  it("maps every listed code to fields of the catalogue", () => {
    const kinds = recordKinds.filter((kind) => kind.source === id);
    expect([...new Set(kinds.map(({ code }) => code))]).toEqual([...source.records.keys()]);
    for (const { code, fields } of kinds) {
      expect(
        [...fields].filter((field) => fieldType(field) === undefined),
        `${id} ${code}`,
      ).toEqual([]);
    }
  });

  it("records starts and ends of processes if it has a side", () => {
    const moments = new Set([...source.records.values()].flatMap((type) => type.process ?? []));
    expect(moments).toEqual(new Set(source.side === undefined ? [] : ["start", "end"]));
  });
});

describe("the table of event sources", () => {
  it("has no channel or provider twice", () => {
    const all = eventSourceIds.flatMap((id) => {
      const names: EventSourceNames = eventSourceNames[id];
      return [...channelsOf(names), ...providersOf(names)].map((name) => name.toLowerCase());
    });
    expect(all).toEqual([...new Set(all)]);
  });

  it("prefers an agent's record of a process to one of the Security log", () => {
    const order = [...eventSourceIds].sort((left, right) => precedenceOf(left) - precedenceOf(right));
    expect(order[0]).toBe("sysmon");
    expect(order.at(-1)).toBe("security");
    expect(precedenceOf(undefined)).toBe(precedenceOf("system"));
    expect(sideOf("some endpoint sensor")).toBe("agent");
  });

  it("infers a provider only from a channel that has one", () => {
    expect(soleProviderOf("security")).toBe(eventSourceNames.security.provider);
    expect(soleProviderOf("System")).toBeUndefined();
    expect(soleProviderOf("Windows PowerShell")).toBeUndefined();
    expect(soleProviderOf("unknown")).toBeUndefined();
  });

  it("names records for people", () => {
    const { security, system } = eventSourceNames;
    expect(recordLabel({ ...security, code: "4688" })).toBe("Security 4688");
    expect(recordLabel({ ...system, provider: "Service Control Manager", code: "7045" })).toBe(
      "Service Control Manager 7045",
    );
    expect(recordLabel({ provider: "Microsoft-Windows-Bits-Client" })).toBe("BITS");
    expect(recordLabel({ provider: "Microsoft-Windows-Wininit" })).toBe("Wininit");
    expect(sourceLabel("linux-sysmon/operational")).toBe("linux-sysmon/operational");
  });
});
