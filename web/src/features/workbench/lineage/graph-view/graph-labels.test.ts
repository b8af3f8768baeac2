import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alertMark, first, neighbourhood, processNode } from "../fixtures.ts";
import { buildGraph } from "../graph.ts";
import { buildRows } from "../rows.ts";
import { emptyViewState } from "../view-state.ts";
import { overlap } from "./boxes.ts";
import { cardBox } from "./cards.ts";
import { collapseChains } from "./chains.ts";
import { type Label, placeLabels } from "./graph-labels.ts";
import { boundsOf, type Layout, layoutGraph } from "./layout.ts";
import { madeUpNeighbourhood } from "./made-up-trees.ts";
import { averageTextWidth, shortened } from "./text-width.ts";
import { elementsInViewport } from "./viewport.ts";

const layoutOf = (given: Parameters<typeof buildGraph>[0]): Layout => {
  const graph = buildGraph(given, []);
  const { rows, open } = collapseChains(buildRows(graph, emptyViewState), graph, {
    open: new Set(),
    isShown: () => false,
  });
  return layoutGraph(rows, graph, undefined, open);
};
const whole = { x1: -1e7, y1: -1e7, x2: 1e7, y2: 1e7 };
const labelsAt = (layout: Layout, zoom: number, part = whole) => {
  const view = { ...part, zoom };
  const elements = elementsInViewport(layout, view);
  return {
    ...elements,
    labels: placeLabels(elements, layout.hosts, { ...(boundsOf(layout) ?? part), zoom }, averageTextWidth),
  };
};
const overlapping = (labels: readonly Label[]) =>
  labels.flatMap((one, index) =>
    labels.slice(index + 1).flatMap((other) => (overlap(one.box, other.box) ? [`${one.id} and ${other.id}`] : [])),
  );

describe("the labels of the graph", () => {
  it("never overlap, in any tree at any zoom, and stay readable", () => {
    fc.assert(
      fc.property(
        madeUpNeighbourhood,
        fc.double({ min: -6, max: 1, noNaN: true }).map((exponent) => 2 ** exponent),
        (given, zoom) => {
          const { labels } = labelsAt(layoutOf(given), zoom);
          expect(overlapping(labels)).toEqual([]);
          expect(labels.filter(({ size }) => size * zoom < 10.4)).toEqual([]);
          for (const { lines, size, isBold, box } of labels) {
            expect(Math.max(...lines.map((text) => averageTextWidth(text, isBold) * size))).toBeLessThanOrEqual(
              box.width + 1e-6,
            );
          }
        },
      ),
    );
  });

  it("stay in their cards, and those outside keep off all cards but their own", () => {
    fc.assert(
      fc.property(madeUpNeighbourhood, (given) => {
        const layout = layoutOf(given);
        const { labels, cards } = labelsAt(layout, 0.6);
        for (const { id, kind, isInside, box } of labels) {
          const card = layout.cardById.get(id);
          if (isInside && card !== undefined) {
            const shape = cardBox(card);
            expect(box.x >= shape.x && box.x + box.width <= shape.x + shape.width).toBe(true);
            expect(box.y >= shape.y && box.y + box.height <= shape.y + shape.height).toBe(true);
          } else if (kind !== "card") {
            expect(cards.filter((other) => overlap(cardBox(other), box))).toEqual([]);
          }
        }
      }),
    );
  });

  it("name every card down to the zoom at which a graph opens", () => {
    const layout = layoutOf(first);
    for (const zoom of [1, 0.6, 0.3]) {
      const { cards, labels } = labelsAt(layout, zoom);
      const named = new Set(labels.map(({ id }) => id));
      expect(cards.filter(({ id }) => !named.has(id))).toEqual([]);
    }
  });

  it("drop out when there is no room, alerts and the process of the alert last", () => {
    const nodes = [
      processNode("root", undefined, { childCount: 60 }),
      ...Array.from({ length: 60 }, (_, index) => [
        processNode(`a${index}`, "root", { alerts: index % 20 === 0 ? [alertMark(`x${index}`)] : [] }),
        processNode(`b${index}`, `a${index}`),
        processNode(`c${index}`, `a${index}`),
      ]).flat(),
    ];
    const layout = layoutOf(neighbourhood("a7", nodes));
    const { cards, blocks, labels } = labelsAt(layout, 0.15);
    const named = new Set(labels.map(({ id }) => id));
    expect(named.size).toBeLessThan(cards.length + blocks.length);
    expect(named).toContain("a7");
    for (const { id, alerts } of blocks) {
      expect(alerts === 0 || named.has(id)).toBe(true);
    }
  });

  it("name each host above its box", () => {
    const layout = layoutOf(
      neighbourhood("a", [processNode("a"), processNode("b", undefined, { host: "ws-07.example" })]),
    );
    const names = labelsAt(layout, 0.6).labels.filter(({ kind }) => kind === "host");
    expect(names.map(({ lines }) => lines[0])).toEqual(layout.hosts.map(({ host }) => host));
    for (const [index, { box }] of names.entries()) {
      expect(box.y + box.height).toBeLessThanOrEqual(layout.hosts[index]?.y ?? 0);
    }
  });
});

describe("a shortened text", () => {
  it("keeps its beginning and its end", () => {
    const fits = (length: number) => (text: string) => [...text].length <= length;
    expect(shortened("powershell.exe", fits(20))).toBe("powershell.exe");
    expect(shortened("powershell.exe", fits(9))).toBe("powe….exe");
    expect(shortened("powershell.exe", fits(3))).toBeUndefined();
  });

  it("is the longest that fits, and splits no character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const result = shortened(text, (part) => [...part].length <= length);
        const count = [...(result ?? "")].length;
        expect(result === undefined ? length : count).toBeLessThanOrEqual(length);
        expect(result === undefined || result.isWellFormed() === text.isWellFormed()).toBe(true);
      }),
    );
  });
});
