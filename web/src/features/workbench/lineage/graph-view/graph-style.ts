import type { StylesheetJson } from "cytoscape";
import { cardHeight, cardWidth, turnAt } from "./cards.ts";
import { lineHeight, sessionShift } from "./graph-labels.ts";
import { boldWeight, graphFont } from "./text-width.ts";

/** Cytoscape styles in the colours of the theme, read from the custom properties of the page. */
export function graphStyle(colors: Pick<CSSStyleDeclaration, "getPropertyValue">): StylesheetJson {
  const color = (name: string) => colors.getPropertyValue(`--${name}`).trim();
  return [...nodeStyles(color), ...edgeStyles(color)];
}

/** Of the circle that closes a chain. */
const handleSize = 20;

type Color = (name: string) => string;

function nodeStyles(color: Color): StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        width: cardWidth,
        height: cardHeight,
        "font-family": graphFont,
        color: color("text"),
        "text-valign": "center",
        "text-halign": "center",
        // Lines are broken and shortened beforehand.
        "text-wrap": "wrap",
        "text-max-width": "1000000px",
        "line-height": lineHeight,
        "background-color": color("surface-raised"),
        "border-width": 1,
        "border-color": color("line-strong"),
      },
    },
    { selector: "node[label]", style: { label: "data(label)", "font-size": "data(font)" } },
    { selector: "node[bold]", style: { "font-weight": boldWeight } },
    {
      // A text outside of a card, with the size of its box.
      selector: 'node[kind = "label"]',
      style: {
        shape: "rectangle",
        width: "data(width)",
        height: "data(height)",
        events: "no",
        "z-index-compare": "manual",
        "z-index": 20,
        "background-color": color("surface"),
        "border-width": 0,
      },
    },
    { selector: 'node[kind = "label"][of = "host"]', style: { color: color("text-soft") } },
    { selector: 'node[kind = "label"][of = "edge"]', style: { color: color("high") } },
    {
      selector: 'node[kind = "host"]',
      style: {
        shape: "rectangle",
        width: "data(width)",
        height: "data(height)",
        events: "no",
        "z-index-compare": "manual",
        "z-index": -1,
        "background-color": color("surface-sunken"),
        "border-color": color("line"),
      },
    },
    {
      selector: 'node[kind = "frame"]',
      style: {
        shape: "round-rectangle",
        width: "data(width)",
        height: "data(height)",
        events: "no",
        "z-index-compare": "manual",
        "z-index": -1,
        "background-color": color("surface-hover"),
        "border-style": "dotted",
        "border-color": color("line-strong"),
      },
    },
    {
      selector: 'node[kind = "handle"]',
      style: {
        shape: "ellipse",
        width: handleSize,
        height: handleSize,
        "z-index-compare": "manual",
        "z-index": 10,
        "font-size": 16,
        label: "−",
        "text-margin-y": -1,
        color: color("accent"),
        "border-color": color("accent"),
        "background-color": color("surface-raised"),
      },
    },
    {
      selector: 'node[kind = "block"]',
      style: {
        shape: "rectangle",
        width: "data(width)",
        height: "data(height)",
        "background-color": color("surface-raised"),
        "background-opacity": 0.8,
        "border-style": "dotted",
        color: color("text-soft"),
      },
    },
    {
      selector: 'node[kind = "session"]',
      style: {
        // The tag of Cytoscape has a long tip, across which texts would run.
        shape: "polygon",
        "shape-polygon-points": "-1 -1 0.86 -1 1 0 0.86 1 -1 1",
        "background-color": color("accent-soft"),
        "border-color": color("accent"),
        "text-margin-x": -sessionShift,
      },
    },
    { selector: 'node[kind = "endpoint"]', style: { shape: "cut-rectangle" } },
    {
      selector: 'node[kind = "group"], node[kind = "more"], node[kind = "chain"]',
      style: { "background-color": color("surface-sunken"), color: color("text-soft"), "border-style": "dotted" },
    },
    {
      selector: 'node[kind = "event"]',
      style: { "background-color": color("surface"), color: color("text-soft"), "border-width": 0.5 },
    },
    { selector: 'node[kind = "more"]', style: { color: color("accent") } },
    {
      // Cards that lie on one another.
      selector: 'node[kind = "chain"]',
      style: { "border-style": "double", "border-width": 4, color: color("text") },
    },
    {
      selector: "node[placeholder]",
      style: { "border-style": "dashed", "background-opacity": 0.4, color: color("text-soft"), "font-style": "italic" },
    },
    { selector: "node[path]", style: { "border-color": color("text-soft"), "border-width": 1.5 } },
    { selector: 'node[kind = "chain"][path]', style: { "border-width": 4 } },
    { selector: 'node[severity = "medium"]', style: { "border-color": color("medium"), "border-width": 2 } },
    { selector: 'node[severity = "high"]', style: { "border-color": color("high"), "border-width": 2 } },
    { selector: "node[focus]", style: { "background-color": color("high-soft") } },
    {
      selector: "node.selected",
      style: {
        "outline-width": 3,
        "outline-color": color("accent"),
        "outline-offset": 2,
        "background-color": color("surface-selected"),
      },
    },
  ];
}

function edgeStyles(color: Color): StylesheetJson {
  return [
    {
      selector: "edge",
      style: {
        width: 1.4,
        "line-color": color("text-faint"),
        "curve-style": "round-taxi",
        "taxi-direction": "rightward",
        "taxi-turn": turnAt,
        "target-arrow-shape": "triangle",
        "target-arrow-color": color("text-faint"),
        "arrow-scale": 0.7,
        "source-endpoint": "outside-to-node-or-label",
      },
    },
    { selector: 'edge[kind = "pid-time"]', style: { "line-style": "dashed" } },
    { selector: 'edge[kind = "declared"], edge[kind = "group"]', style: { "line-style": "dotted" } },
    {
      selector: 'edge[kind = "ambiguous"]',
      style: { "line-style": "dashed", "line-color": color("medium"), "target-arrow-shape": "tee" },
    },
    {
      selector: 'edge[kind = "candidate"]',
      style: {
        "line-style": "dotted",
        "line-color": color("medium"),
        "target-arrow-color": color("medium"),
        "curve-style": "unbundled-bezier",
        "control-point-distances": [24],
        "control-point-weights": [0.5],
        opacity: 0.8,
      },
    },
    {
      selector: 'edge[kind = "session"], edge[kind = "logon"], edge[kind = "logon-ambiguous"]',
      style: {
        "line-color": color("accent"),
        "target-arrow-color": color("accent"),
        opacity: 0.75,
      },
    },
    {
      selector: "edge[start]",
      style: {
        "curve-style": "round-segments",
        "edge-distances": "node-position",
        "source-endpoint": "data(start)",
        "target-endpoint": "data(end)",
        "segment-weights": "data(along)",
        "segment-distances": "data(beside)",
        "segment-radii": [6],
      },
    },
    {
      selector: 'edge[kind = "target"]',
      style: {
        "line-color": color("high"),
        "target-arrow-color": color("high"),
        "curve-style": "unbundled-bezier",
        "control-point-distances": [32],
        "control-point-weights": [0.5],
      },
    },
    { selector: 'edge[kind = "logon-ambiguous"]', style: { "line-style": "dotted" } },
    {
      selector: "edge[path]",
      style: { width: 2.2, "line-color": color("text-soft"), "target-arrow-color": color("text-soft") },
    },
    {
      selector: 'edge[kind = "session"][path], edge[kind = "logon"][path]',
      style: { "line-color": color("accent"), "target-arrow-color": color("accent"), width: 1.6 },
    },
  ];
}
