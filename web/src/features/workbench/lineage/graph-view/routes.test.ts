import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { logonLink, logonSession, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph } from "../graph.ts";
import { buildRows } from "../rows.ts";
import { emptyViewState } from "../view-state.ts";
import { grown, overlap } from "./boxes.ts";
import { type Box, type Card, cardBox, type Link } from "./cards.ts";
import { type Layout, layoutGraph } from "./layout.ts";
import { madeUpNeighbourhood } from "./made-up-trees.ts";

const layoutOf = (given: Parameters<typeof buildGraph>[0]): Layout => {
  const graph = buildGraph(given, []);
  return layoutGraph(buildRows(graph, emptyViewState), graph);
};

/** The pieces of a route as flat boxes. */
const pieces = ({ route = [] }: Link): readonly Box[] =>
  route.slice(1).map(({ x, y }, index) => {
    const from = route[index] ?? { x, y };
    return {
      x: Math.min(x, from.x),
      y: Math.min(y, from.y),
      width: Math.abs(x - from.x),
      height: Math.abs(y - from.y),
    };
  });
const isUpright = ({ width, height }: Box) => width === 0 || height === 0;
/** A little smaller than the card, because routes end at its edges. */
const inner = (card: Card) => grown(cardBox(card), -0.5);
const crossed = (link: Link, { cards, sideCards }: Layout): readonly string[] =>
  [...cards, ...sideCards]
    .filter((card) => pieces(link).some((piece) => overlap(grown(piece, 0.1), inner(card))))
    .map(({ id }) => `${link.id} over ${id}`);

/** A process on one host that logs on to three others, and one that came from an address of which nothing is known. */
const logons = neighbourhood(
  "tool",
  [
    processNode("shell", undefined, { host: "h1" }),
    processNode("tool", "shell", { host: "h1", sessionKey: "own" }),
    ...["h2", "h3", "h4"].flatMap((host) => [
      processNode(`${host}-services`, undefined, { host }),
      processNode(`${host}-other`, `${host}-services`, { host }),
      processNode(`${host}-remote`, `${host}-services`, { host, sessionKey: `s-${host}` }),
      processNode(`${host}-child`, `${host}-remote`, { host, sessionKey: `s-${host}` }),
    ]),
  ],
  {
    sessions: ["own", "s-h2", "s-h3", "s-h4"].map((key) => logonSession(key, { sourceHost: "10.0.0.9" })),
    links: ["h2", "h3", "h4"].map((host) =>
      logonLink({ host: "h1", processKey: "tool" }, { host, sessionKey: `s-${host}` }),
    ),
  },
);

describe("the lines of sessions and logons", () => {
  it("lead from the process that logged on to each session, and share a line", () => {
    const layout = layoutOf(logons);
    const made = layout.sideLinks.filter(({ kind }) => kind === "logon" && layout.cardById.has("tool"));
    const ofTool = made.filter(({ from }) => from === "tool");
    expect(ofTool.map(({ to }) => to)).toEqual(["session:s-h2", "session:s-h3", "session:s-h4"]);
    for (const { route = [], to } of ofTool) {
      const card = layout.cardById.get(to);
      expect(route.at(-1)).toEqual({ x: card?.x, y: (card?.y ?? 0) + 25 });
      expect(route.slice(0, 3)).toEqual(ofTool[0]?.route?.slice(0, 3));
    }
    const [other] = made.filter(({ from }) => from !== "tool");
    expect(other?.route?.[1]?.x).not.toBe(ofTool[0]?.route?.[2]?.x);
  });

  it("cross no card, in any tree", () => {
    expect(layoutOf(logons).sideLinks.flatMap((link) => crossed(link, layoutOf(logons)))).toEqual([]);
    fc.assert(
      fc.property(madeUpNeighbourhood, (given) => {
        const layout = layoutOf(given);
        expect(layout.sideLinks.filter(({ route }) => route === undefined)).toEqual([]);
        expect(layout.sideLinks.flatMap(pieces).filter((piece) => !isUpright(piece))).toEqual([]);
        expect(layout.sideLinks.flatMap((link) => crossed(link, layout))).toEqual([]);
      }),
    );
  });
});
