import type { StylesheetJson } from "cytoscape";
import { cardHeight, cardWidth } from "./cards.ts";

/** Cytoscape styles in the colours of the theme, read from the custom properties of the page. */
export function graphStyle(colors: Pick<CSSStyleDeclaration, "getPropertyValue">): StylesheetJson {
  const color = (name: string) => colors.getPropertyValue(`--${name}`).trim();
  return [...nodeStyles(color), ...edgeStyles(color)];
}

type Color = (name: string) => string;

function nodeStyles(color: Color): StylesheetJson {
  return [
    {
      selector: "node",
      style: {
        shape: "round-rectangle",
        width: cardWidth,
        height: cardHeight,
        label: "data(label)",
        "font-family": "Inter Variable, sans-serif",
        "font-size": 11,
        color: color("text"),
        "text-valign": "center",
        "text-halign": "center",
        "text-wrap": "wrap",
        "text-max-width": `${cardWidth - 16}px`,
        "line-height": 1.35,
        "background-color": color("surface-raised"),
        "border-width": 1,
        "border-color": color("line-strong"),
      },
    },
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
        "text-valign": "top",
        "text-halign": "center",
        "text-margin-y": -4,
        "text-max-width": "2000px",
        "font-weight": 600,
        "font-size": 13,
        color: color("text-soft"),
        "text-background-color": color("surface"),
        "text-background-opacity": 0.9,
        "text-background-padding": "2px",
      },
    },
    {
      selector: 'node[kind = "block"]',
      style: {
        shape: "rectangle",
        width: "data(width)",
        height: "data(height)",
        "font-size": "data(font)",
        "text-max-width": "100000px",
        "min-zoomed-font-size": 8,
        "background-color": color("surface-raised"),
        "background-opacity": 0.8,
        "border-style": "dotted",
        color: color("text-soft"),
      },
    },
    {
      selector: 'node[kind = "session"]',
      style: {
        shape: "round-tag",
        "background-color": color("accent-soft"),
        "border-color": color("accent"),
        "text-max-width": `${cardWidth - 28}px`,
        "text-margin-x": -8,
      },
    },
    { selector: 'node[kind = "endpoint"]', style: { shape: "cut-rectangle", "font-weight": 600 } },
    {
      selector: 'node[kind = "group"], node[kind = "more"]',
      style: { "background-color": color("surface-sunken"), color: color("text-soft"), "border-style": "dotted" },
    },
    {
      selector: 'node[kind = "event"]',
      style: { "background-color": color("surface"), color: color("text-soft"), "border-width": 0.5 },
    },
    { selector: 'node[kind = "more"]', style: { color: color("accent") } },
    {
      selector: "node[placeholder]",
      style: { "border-style": "dashed", "background-opacity": 0.4, color: color("text-soft"), "font-style": "italic" },
    },
    { selector: "node[path]", style: { "border-color": color("text-soft"), "border-width": 1.5, "font-weight": 600 } },
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
        "taxi-turn": 26,
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
        "curve-style": "unbundled-bezier",
        "control-point-distances": [18],
        "control-point-weights": [0.5],
        opacity: 0.75,
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
        label: "data(label)",
        "font-size": 10,
        color: color("high"),
        "text-background-color": color("surface"),
        "text-background-opacity": 1,
        "text-background-padding": "2px",
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
