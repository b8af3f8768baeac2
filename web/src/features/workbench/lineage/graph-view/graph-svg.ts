import { middleOf } from "./boxes.ts";
import { cardTone } from "./card-text.ts";
import { type Card, cardHeight, cardWidth, type Link, turnAt } from "./cards.ts";
import { type Label, lineHeight, placeLabels } from "./graph-labels.ts";
import { boundsOf, type Layout } from "./layout.ts";
import { boldWeight, type TextWidth } from "./text-width.ts";

/** A whole layout as a self-contained SVG document. `color` returns the colours of the theme by name. */
export function graphSvg(layout: Layout, color: (name: string) => string, textWidth: TextWidth): string {
  const bounds = boundsOf(layout) ?? { x1: 0, y1: 0, x2: 1, y2: 1 };
  const padding = 32;
  const width = bounds.x2 - bounds.x1 + 2 * padding;
  const height = bounds.y2 - bounds.y1 + 2 * padding;
  const cards = [...layout.cards, ...layout.sideCards];
  const links = [...layout.parentLinks.values(), ...layout.candidateLinks, ...layout.sideLinks];
  const labels = placeLabels({ cards, blocks: [], links }, layout.hosts, { ...bounds, zoom: 1 }, textWidth);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${bounds.x1 - padding} ${bounds.y1 - padding} ${width} ${height}" font-family="Inter, sans-serif">`,
    rect(bounds.x1 - padding, bounds.y1 - padding, width, height, { fill: color("surface") }),
    ...layout.hosts.map((box) =>
      rect(box.x, box.y, box.width, box.height, { fill: color("surface-sunken"), stroke: color("line"), rx: "8" }),
    ),
    ...links.map((link) => linkPath(link, layout, color)),
    ...cards.map((card) => cardShape(card, color)),
    ...labels.map((label) => labelText(label, color)),
    "</svg>",
  ];
  return parts.join("\n");
}

type Attributes = Readonly<Record<string, string | undefined>>;

/** Characters that XML does not allow were replaced before, see `card-text.ts`. */
const escaped = (value: string) =>
  value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
const attributeText = (attributes: Attributes) =>
  Object.entries(attributes)
    .map(([name, value]) => (value === undefined ? "" : ` ${name}="${escaped(value)}"`))
    .join("");
const rect = (x: number, y: number, width: number, height: number, rest: Attributes) =>
  `<rect x="${x}" y="${y}" width="${width}" height="${height}"${attributeText(rest)}/>`;
const text = (x: number, y: number, value: string, rest: Attributes) =>
  `<text x="${x}" y="${y}"${attributeText(rest)}>${escaped(value)}</text>`;

function cardShape(card: Card, color: (name: string) => string): string {
  const row = card.row?.kind === "process" ? card.row : undefined;
  const severity = cardTone(card);
  const fill = row?.isFocus ? "high-soft" : card.kind === "session" ? "accent-soft" : "surface-raised";
  const stroke = severity ?? (card.kind === "session" ? "accent" : row?.onPath ? "text-soft" : "line-strong");
  return rect(card.x, card.y, cardWidth, cardHeight, {
    fill: color(fill),
    stroke: color(stroke),
    "stroke-width": severity === undefined ? "1" : "2",
    rx: "6",
    "stroke-dasharray": row?.node.placeholder ? "5 3" : undefined,
  });
}

function labelText({ lines, size, isBold, box, kind }: Label, color: (name: string) => string): string {
  const { x, y } = middleOf(box);
  return lines
    .map((line, index) =>
      text(x, y + size * 0.36 + (index - (lines.length - 1) / 2) * lineHeight * size, line, {
        fill: color(kind === "edge" ? "high" : kind === "host" || index > 0 ? "text-soft" : "text"),
        "font-size": String(size),
        "font-weight": isBold ? String(boldWeight) : undefined,
        "text-anchor": "middle",
      }),
    )
    .join("");
}

const dashes: Partial<Record<Link["kind"], string>> = {
  "pid-time": "6 4",
  declared: "1 3",
  group: "1 3",
  ambiguous: "6 4",
  candidate: "2 5",
  "logon-ambiguous": "2 5",
};

function linkPath(link: Link, layout: Layout, color: (name: string) => string): string {
  const from = layout.cardById.get(link.from);
  const to = layout.cardById.get(link.to);
  if (from === undefined || to === undefined) {
    return "";
  }
  const middle = { from: from.y + cardHeight / 2, to: to.y + cardHeight / 2 };
  const way =
    link.route === undefined
      ? `M${from.x + cardWidth} ${middle.from}H${from.x + cardWidth + turnAt}V${middle.to}H${to.x}`
      : `M${link.route.map(({ x, y }) => `${x} ${y}`).join("L")}`;
  const isLogon = link.kind === "session" || link.kind === "logon" || link.kind === "logon-ambiguous";
  const stroke = isLogon
    ? "accent"
    : link.kind === "target"
      ? "high"
      : link.kind === "ambiguous" || link.kind === "candidate"
        ? "medium"
        : link.onPath
          ? "text-soft"
          : "text-faint";
  return `<path d="${way}"${attributeText({
    fill: "none",
    stroke: color(stroke),
    "stroke-width": link.onPath ? "2.2" : "1.4",
    "stroke-dasharray": dashes[link.kind],
  })}/>`;
}
