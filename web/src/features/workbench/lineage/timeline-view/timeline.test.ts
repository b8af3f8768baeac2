import { describe, expect, it } from "vitest";
import { logonSession, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph } from "../graph.ts";
import { lifetime } from "../lifetime.ts";
import { lineIdOf, timelineItems } from "./timeline.ts";

describe("the line of an event", () => {
  it("is the start or the logon that the graph lists from it, else its own", () => {
    const source = { eventId: "ev-start", file: "a.evtx", time: "2020-09-14T12:06:02.316Z" };
    const node = processNode("net", undefined, { sessionKey: "s", sources: [source] });
    const session = logonSession("s", { openedBy: { ...source, eventId: "ev-logon" } });
    const graph = buildGraph(neighbourhood("net", [node], { sessions: [session] }), []);
    expect(["ev-start", "ev-logon", "ev-file"].map((id) => lineIdOf(graph, id))).toEqual([
      "start:net",
      "open:s",
      "ev-file",
    ]);
  });
});

describe("the timeline", () => {
  const order = (start: string, end: string, session: { readonly opened: string; readonly closed: string }) => {
    const node = processNode("net", undefined, { sessionKey: "s", start, end });
    const graph = buildGraph(neighbourhood("net", [node], { sessions: [logonSession("s", session)] }), []);
    return timelineItems(graph, [node]).map(({ kind, rounded }) => `${kind}${rounded ? " (rounded)" : ""}`);
  };

  it("sorts an end that was recorded in whole seconds after what it ends", () => {
    expect(
      order("2020-09-14T12:06:02.316Z", "2020-09-14T12:06:02Z", {
        opened: "2020-09-14T12:06:02Z",
        closed: "2020-09-14T12:06:02Z",
      }),
    ).toEqual(["logon", "started", "ended (rounded)", "logoff (rounded)"]);
  });

  it("keeps the recorded time of an end a second or more before the start", () => {
    expect(
      order("2020-09-14T12:06:02.316Z", "2020-09-14T12:06:01Z", {
        opened: "2020-09-14T12:06:00Z",
        closed: "2020-09-14T12:07:00Z",
      }),
    ).toEqual(["logon", "ended", "started", "logoff"]);
  });
});

describe("the lifetime of a process", () => {
  it.each([
    ["2020-09-14T12:06:02.316Z", "2020-09-14T12:06:04.716Z", "ran 2.4 s"],
    ["2020-09-14T12:06:02.316Z", "2020-09-14T12:06:02.000Z", "ran less than a second (end recorded in whole seconds)"],
    [
      "2020-09-14T12:06:02.316Z",
      "2020-09-14T12:06:02.300Z",
      "end recorded 16 ms before the start: the clock was set back",
    ],
  ])("from %s to %s %s", (start, end, text) => {
    expect(lifetime(start, end)).toBe(text);
  });
});
