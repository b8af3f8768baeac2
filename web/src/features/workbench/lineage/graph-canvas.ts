import cytoscape, { type Core, type ElementDefinition } from "cytoscape";
import { blockText, linesOf, severityOf, short } from "./card-text.ts";
import { graphStyle } from "./graph-style.ts";
import { boundsOf, cardHeight, cardWidth, type Layout } from "./layout.ts";
import { type Picture, pictureOf, type Window } from "./picture.ts";

/**
 * The drawing surface of the graph. It is handed layouts of any size and keeps only that in Cytoscape which is seen through the
 * window (`picture.ts`), so panning, opening and drawing cost the same with ten processes and with ten thousand.
 */
export interface GraphCanvas {
  /** Draws another layout; the first one is shown around `focus`. */
  show(layout: Layout, focus: string): void;
  select(id: string | undefined): void;
  /** Reads the colours of the theme again. */
  restyle(): void;
  fit(): void;
  zoomBy(factor: number): void;
  /** What is seen now, as a picture. */
  png(background: string): Blob;
  destroy(): void;
}

/** Cytoscape adds a style element of this id unless one is there; the Content-Security-Policy allows none without a nonce. */
function holdStylePlace(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) === null) {
    const holder = document.createElement("meta");
    holder.id = id;
    document.head.append(holder);
  }
}

const leastZoom = 0.002;
const mostZoom = 2.5;
/** A start at less than this cannot be read. */
const readable = 0.85;
/** So much more than the window is drawn on each side, so that small moves draw nothing anew. */
const margin = 0.35;

export function createCanvas(
  container: HTMLElement,
  on: { readonly tap: (id: string) => void; readonly doubleTap: (id: string) => void },
): GraphCanvas {
  holdStylePlace();
  const cy = cytoscape({
    container,
    layout: { name: "preset" },
    minZoom: leastZoom,
    maxZoom: mostZoom,
    boxSelectionEnabled: false,
    autounselectify: true,
    autoungrabify: true,
  });
  const readStyle = () => cy.style(graphStyle(getComputedStyle(document.documentElement)));
  readStyle();
  /** What was drawn last, per element: what has not changed is not touched. */
  const drawn = new Map<string, string>();
  let layout: Layout | undefined;
  let window: Window | undefined;
  let selected: string | undefined;
  let frame: number | undefined;

  const draw = () => {
    if (layout === undefined) {
      return;
    }
    window = widened(cy);
    update(cy, drawn, elementsOf(layout, pictureOf(layout, window), window.zoom));
    mark();
  };
  const mark = () => {
    cy.$(".selected").removeClass("selected");
    cy.getElementById(selected ?? "").addClass("selected");
  };
  const follow = () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      if (window === undefined || leaves(cy, window)) {
        draw();
      }
    });
  };
  cy.on("viewport resize", follow);
  cy.on("tap", "node, edge", (event) => {
    const id: string = event.target.isEdge() ? event.target.target().id() : event.target.id();
    const block = event.target.data("kind") === "block" ? event.target : undefined;
    if (block === undefined) {
      on.tap(id);
    } else {
      const zoom = Math.min(1, Math.max(cy.zoom() * 3, cy.height() / (block.height() + 2 * cardHeight)));
      cy.viewport({ zoom, pan: panTo(cy, block.position(), zoom) });
    }
  });
  cy.on("dbltap", "node", (event) => on.doubleTap(event.target.id()));
  const observer = new ResizeObserver(() => {
    cy.resize();
    follow();
  });
  observer.observe(container);

  return {
    show(next, focus) {
      const isFirst = layout === undefined;
      layout = next;
      if (isFirst) {
        showStart(cy, next, focus);
      }
      draw();
    },
    select(id) {
      selected = id;
      mark();
      const card = layout?.at.get(id ?? "");
      const seen = cy.extent();
      if (
        card !== undefined &&
        (card.x < seen.x1 || card.y < seen.y1 || card.x + cardWidth > seen.x2 || card.y + cardHeight > seen.y2)
      ) {
        const middle = { x: card.x + cardWidth / 2, y: card.y + cardHeight / 2 };
        cy.pan(panTo(cy, middle, cy.zoom()));
      }
    },
    restyle: () => void readStyle(),
    fit() {
      const bounds = layout === undefined ? undefined : boundsOf(layout);
      if (bounds !== undefined) {
        cy.viewport(fitting(cy, bounds, 1.2));
      }
    },
    zoomBy(factor) {
      const zoom = Math.min(mostZoom, Math.max(leastZoom, cy.zoom() * factor));
      const { x1, y1, w, h } = cy.extent();
      cy.viewport({ zoom, pan: panTo(cy, { x: x1 + w / 2, y: y1 + h / 2 }, zoom) });
    },
    png: (background) => cy.png({ output: "blob", scale: 2, bg: background }),
    destroy() {
      if (frame !== undefined) {
        cancelAnimationFrame(frame);
      }
      observer.disconnect();
      cy.destroy();
    },
  };
}

const panTo = (cy: Core, middle: { readonly x: number; readonly y: number }, zoom: number) => ({
  x: cy.width() / 2 - middle.x * zoom,
  y: cy.height() / 2 - middle.y * zoom,
});

function fitting(cy: Core, box: { x1: number; y1: number; x2: number; y2: number }, mostZoomed: number) {
  const padding = 24;
  const zoom = Math.min(
    mostZoomed,
    Math.max(
      leastZoom,
      Math.min((cy.width() - 2 * padding) / (box.x2 - box.x1), (cy.height() - 2 * padding) / (box.y2 - box.y1)),
    ),
  );
  return { zoom, pan: panTo(cy, { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 }, zoom) };
}

/** Starts at a readable size around the process of the alert; all of it when it fits. */
function showStart(cy: Core, layout: Layout, focus: string): void {
  const bounds = boundsOf(layout);
  if (bounds === undefined) {
    return;
  }
  const whole = fitting(cy, bounds, 1);
  const card = layout.at.get(focus);
  if (whole.zoom >= readable || card === undefined) {
    cy.viewport(whole);
    return;
  }
  // What led to it stands to the left: it gets the larger part of the room.
  const middle = { x: card.x + Math.min(0, cardWidth - cy.width() / 2 / readable) + cardWidth, y: card.y };
  cy.viewport({ zoom: readable, pan: panTo(cy, middle, readable) });
}

function widened(cy: Core): Window {
  const { x1, y1, x2, y2, w, h } = cy.extent();
  return { x1: x1 - w * margin, y1: y1 - h * margin, x2: x2 + w * margin, y2: y2 + h * margin, zoom: cy.zoom() };
}

/** Whether more is seen than was drawn, or from so near or far that it has to be drawn anew. */
function leaves(cy: Core, window: Window): boolean {
  const { x1, y1, x2, y2 } = cy.extent();
  const nearer = cy.zoom() / window.zoom;
  return x1 < window.x1 || y1 < window.y1 || x2 > window.x2 || y2 > window.y2 || nearer > 1.3 || nearer < 0.77;
}

function update(cy: Core, drawn: Map<string, string>, next: readonly ElementDefinition[]): void {
  const ids = new Set(next.map((element) => element.data.id));
  cy.batch(() => {
    cy.elements()
      .filter((element) => !ids.has(element.id()))
      .remove()
      .forEach((element) => {
        drawn.delete(element.id());
      });
    const fresh: ElementDefinition[] = [];
    for (const element of next) {
      const id = element.data.id ?? "";
      const signature = JSON.stringify(element);
      if (drawn.get(id) === signature) {
        continue;
      }
      const known = cy.getElementById(id);
      if (known.empty()) {
        fresh.push(element);
      } else {
        known.data(element.data);
        if (element.position !== undefined) {
          known.position(element.position);
        }
      }
      drawn.set(id, signature);
    }
    // All at once: one by one, thousands of cards would take seconds.
    cy.add(fresh);
  });
}

function elementsOf(layout: Layout, { cards, blocks, links }: Picture, zoom: number): ElementDefinition[] {
  return [
    ...layout.hosts.map(({ host, x, y, width, height }, index) => ({
      data: { id: `host:${index}`, kind: "host", label: short(host, 60), width, height },
      position: { x: x + width / 2, y: y + height / 2 },
    })),
    ...blocks.map((block) => ({
      data: {
        id: block.id,
        kind: "block",
        label: blockText(block),
        width: block.width,
        height: block.height,
        font: 11 / zoom,
        path: block.onPath ? "yes" : undefined,
        severity: block.alerts > 0 ? "medium" : undefined,
      },
      position: { x: block.x + block.width / 2, y: block.y + block.height / 2 },
    })),
    ...cards.map((card) => {
      const row = card.row?.kind === "process" ? card.row : undefined;
      return {
        data: {
          id: card.id,
          kind: card.kind,
          label: linesOf(card).join("\n"),
          placeholder: row?.node.placeholder ? "yes" : undefined,
          path: row?.onPath ? "yes" : undefined,
          focus: row?.isFocus ? "yes" : undefined,
          severity: severityOf(card),
        },
        position: { x: card.x + cardWidth / 2, y: card.y + cardHeight / 2 },
      };
    }),
    ...links.map((link) => ({
      data: { id: link.id, source: link.from, target: link.to, kind: link.kind, path: link.onPath ? "yes" : undefined },
    })),
  ];
}
