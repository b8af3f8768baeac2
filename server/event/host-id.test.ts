import { describe, expect, it } from "vitest";
import { eventSourceNames } from "#contracts/event-source";
import { flattenDocument } from "./flatten.ts";
import { mapWindowsEvent } from "./mapping.ts";
import { mapEcs } from "./mapping-ecs.ts";

const origin = { file: "test", offset: 0 };

function hostIdOfRecord(computer: string) {
  const { provider, channel } = eventSourceNames.sysmon;
  const event = mapWindowsEvent(
    { provider, channel, computer, code: 5, time: Date.UTC(2026, 0, 2), data: new Map(), unnamed: [] },
    origin,
  );
  return event.fields["host.id"];
}

function hostIdOfDocument(document: object) {
  const event = mapEcs(flattenDocument({ "@timestamp": "2026-01-02T00:00:00Z", ...document }), origin);
  return event?.fields["host.id"];
}

describe("the id of a host", () => {
  it("is one for all spellings of a name, and two for two domains with the same first label", () => {
    expect(hostIdOfRecord("WS7.Example.test")).toBe(hostIdOfRecord("ws7.example.test"));
    expect(hostIdOfRecord("ws7.example.test")).not.toBe(hostIdOfRecord("ws7.other.test"));
    expect(hostIdOfRecord("ws7")).not.toBe(hostIdOfRecord("ws7.other.test"));
  });

  it("is shared by records without a host", () => {
    expect(hostIdOfRecord("")).toBe("unknown");
    expect(hostIdOfDocument({ event: { category: ["process"] } })).toBe("unknown");
  });

  it("is the document's own where there is one", () => {
    expect(hostIdOfDocument({ host: { id: "A1-b2", name: "ws7" }, agent: { id: "agent-1" } })).toBe("A1-b2");
    expect(hostIdOfDocument({ host: { id: "-", name: "WS7" } })).toBe("ws7");
  });

  it("is that of the agent on the host, never that of an agent which collected forwarded events", () => {
    const agent = { id: "agent-1", name: "WS7" };
    expect(hostIdOfDocument({ agent, host: { name: "ws7.example.test" } })).toBe("agent-1");
    expect(hostIdOfDocument({ agent, host: { name: "ws8" } })).toBe("ws8");
    const winlog = { channel: "ForwardedEvents", computer_name: "WS8" };
    expect(hostIdOfDocument({ agent: { id: "agent-1" }, winlog })).toBe("ws8");
  });
});
