import { cardTone } from "./card-text.ts";
import { cardHeight, cardWidth } from "./cards.ts";
import type { Layout } from "./layout.ts";
import { type MapFrame, toMap } from "./minimap.ts";

/** Marks of alerts are at least as large as this, in pixels. */
const minMark = 3;

/** Draws the whole layout once. Cards of one colour are one path: ten thousand take a few milliseconds. */
export function drawMap(
  canvas: HTMLCanvasElement,
  layout: Layout,
  frame: MapFrame,
  color: (name: string) => string,
  density: number,
): void {
  const context = canvas.getContext("2d");
  if (context === null) {
    return;
  }
  canvas.width = Math.round(frame.size.width * density);
  canvas.height = Math.round(frame.size.height * density);
  context.scale(density, density);
  context.fillStyle = color("surface-sunken");
  context.strokeStyle = color("line-strong");
  for (const host of layout.hosts) {
    const { x, y } = toMap(frame, host);
    context.fillRect(x, y, host.width * frame.scale, host.height * frame.scale);
    context.strokeRect(x, y, host.width * frame.scale, host.height * frame.scale);
  }
  const paths = {
    plain: new Path2D(),
    path: new Path2D(),
    session: new Path2D(),
    medium: new Path2D(),
    high: new Path2D(),
  };
  for (const card of [...layout.cards, ...layout.sideCards]) {
    const tone = cardTone(card);
    const row = card.row?.kind === "process" ? card.row : undefined;
    const least = tone === undefined ? 0.5 : minMark;
    const { x, y } = toMap(frame, card);
    const name = tone ?? (card.session !== undefined ? "session" : row?.onPath ? "path" : "plain");
    paths[name].rect(x, y, Math.max(least, cardWidth * frame.scale), Math.max(least, cardHeight * frame.scale));
  }
  const colors = {
    plain: "line-strong",
    session: "accent",
    path: "text-soft",
    medium: "medium",
    high: "high",
  } as const;
  for (const [name, tone] of Object.entries(colors) as [keyof typeof colors, string][]) {
    context.fillStyle = color(tone);
    context.fill(paths[name]);
  }
}
