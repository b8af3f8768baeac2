import cytoscape, { type Core, type ElementDefinition } from "cytoscape";
import { blockText, cardLines, cardTone, shortText } from "./card-text.ts";
import { cardHeight, cardWidth } from "./cards.ts";
import { graphStyle } from "./graph-style.ts";
import { boundsOf, type Layout } from "./layout.ts";
import { elementsInViewport, type Viewport, type ViewportElements } from "./viewport.ts";

/**
 * The drawing surface of the graph. It accepts layouts of any size and passes only the elements in the viewport to
 * Cytoscape (`viewport.ts`), so panning, expanding and drawing cost the same with ten processes and with ten thousand.
 */
export interface GraphCanvas {
  /** Draws a layout. The first one is centred on `focus`. */
  show(layout: Layout, focus: string): void;
  select(id: string | undefined): void;
  /** Reads the colours of the theme again. */
  restyle(): void;
  fit(): void;
  zoomBy(factor: number): void;
  /** The visible part as an image. */
  png(background: string): Blob;
  destroy(): void;
}

/**
 * Cytoscape adds a style element unless one with this id exists; the Content-Security-Policy allows none without a
 * nonce.
 */
function reserveStyleElement(): void {
  const id = "__________cytoscape_stylesheet";
  if (document.getElementById(id) === null) {
    const holder = document.createElement("meta");
    holder.id = id;
    document.head.append(holder);
  }
}

const minZoom = 0.002;
const maxZoom = 2.5;
/** The zoom at which a graph opens that is too large to be seen as a whole, and the least at which text can be read. */
const readableZoom = 0.85;
const smallestZoom = 0.5;
/** Share of the viewport that is drawn beyond each edge, so that small moves need no redraw. */
const margin = 0.35;

export function createCanvas(
  container: HTMLElement,
  on: { readonly tap: (id: string) => void; readonly doubleTap: (id: string) => void },
): GraphCanvas {
  reserveStyleElement();
  const cy = cytoscape({
    container,
    layout: { name: "preset" },
    minZoom: minZoom,
    maxZoom: maxZoom,
    boxSelectionEnabled: false,
    autounselectify: true,
    autoungrabify: true,
  });
  const readStyle = () => cy.style(graphStyle(getComputedStyle(document.documentElement)));
  readStyle();
  /** The last drawn state of each element: unchanged elements are not touched. */
  const drawn = new Map<string, string>();
  let layout: Layout | undefined;
  let viewport: Viewport | undefined;
  let selected: string | undefined;
  let frame: number | undefined;

  const draw = () => {
    if (layout === undefined) {
      return;
    }
    viewport = viewportWithMargin(cy);
    update(cy, drawn, elementsOf(layout, elementsInViewport(layout, viewport), viewport.zoom));
    markSelected();
  };
  const markSelected = () => {
    cy.$(".selected").removeClass("selected");
    cy.getElementById(selected ?? "").addClass("selected");
  };
  const redrawIfNeeded = () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      if (viewport === undefined || mustRedraw(cy, viewport)) {
        draw();
      }
    });
  };
  cy.on("viewport resize", redrawIfNeeded);
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
    redrawIfNeeded();
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
      markSelected();
      const card = layout?.cardById.get(id ?? "");
      const visible = cy.extent();
      if (
        card !== undefined &&
        (card.x < visible.x1 ||
          card.y < visible.y1 ||
          card.x + cardWidth > visible.x2 ||
          card.y + cardHeight > visible.y2)
      ) {
        const middle = { x: card.x + cardWidth / 2, y: card.y + cardHeight / 2 };
        cy.pan(panTo(cy, middle, cy.zoom()));
      }
    },
    restyle: () => void readStyle(),
    fit() {
      const bounds = layout === undefined ? undefined : boundsOf(layout);
      if (bounds !== undefined) {
        cy.viewport(viewportFor(cy, bounds, 1.2));
      }
    },
    zoomBy(factor) {
      const zoom = Math.min(maxZoom, Math.max(minZoom, cy.zoom() * factor));
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

function viewportFor(cy: Core, box: { x1: number; y1: number; x2: number; y2: number }, maxZoomed: number) {
  const padding = 24;
  const zoom = Math.min(
    maxZoomed,
    Math.max(
      minZoom,
      Math.min((cy.width() - 2 * padding) / (box.x2 - box.x1), (cy.height() - 2 * padding) / (box.y2 - box.y1)),
    ),
  );
  return { zoom, pan: panTo(cy, { x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2 }, zoom) };
}

/**
 * Shows the whole graph when its text can be read then; else the cards of the incident; else the process of the alert.
 */
function showStart(cy: Core, layout: Layout, focus: string): void {
  const bounds = boundsOf(layout);
  if (bounds === undefined) {
    return;
  }
  const whole = viewportFor(cy, bounds, 1);
  const card = layout.cardById.get(focus);
  const fits = [whole, ...incidentViewport(cy, layout, focus)].find(({ zoom }) => zoom >= smallestZoom);
  if (fits !== undefined || card === undefined) {
    cy.viewport(fits ?? whole);
    return;
  }
  // Its ancestors are to the left: they get the larger part of the viewport.
  const middle = { x: card.x + Math.min(0, cardWidth - cy.width() / 2 / readableZoom) + cardWidth, y: card.y };
  cy.viewport({ zoom: readableZoom, pan: panTo(cy, middle, readableZoom) });
}

/** The cards with alerts and that of the process of the alert. */
function incidentViewport(cy: Core, { cards }: Layout, focus: string) {
  const concerned = cards.filter((card) => card.id === focus || cardTone(card) !== undefined);
  return concerned.length === 0
    ? []
    : [
        viewportFor(
          cy,
          {
            x1: Math.min(...concerned.map(({ x }) => x)),
            y1: Math.min(...concerned.map(({ y }) => y)),
            x2: Math.max(...concerned.map(({ x }) => x + cardWidth)),
            y2: Math.max(...concerned.map(({ y }) => y + cardHeight)),
          },
          1,
        ),
      ];
}

function viewportWithMargin(cy: Core): Viewport {
  const { x1, y1, x2, y2, w, h } = cy.extent();
  return { x1: x1 - w * margin, y1: y1 - h * margin, x2: x2 + w * margin, y2: y2 + h * margin, zoom: cy.zoom() };
}

/** Whether the viewport shows more than was drawn, or at a very different zoom. */
function mustRedraw(cy: Core, drawn: Viewport): boolean {
  const { x1, y1, x2, y2 } = cy.extent();
  const zoomed = cy.zoom() / drawn.zoom;
  return x1 < drawn.x1 || y1 < drawn.y1 || x2 > drawn.x2 || y2 > drawn.y2 || zoomed > 1.3 || zoomed < 0.77;
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
    // All at once: adding thousands of cards one by one would take seconds.
    cy.add(fresh);
  });
}

function elementsOf(layout: Layout, { cards, blocks, links }: ViewportElements, zoom: number): ElementDefinition[] {
  return [
    ...layout.hosts.map(({ host, x, y, width, height }, index) => ({
      data: { id: `host:${index}`, kind: "host", label: shortText(host, 60), width, height },
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
          label: cardLines(card).join("\n"),
          placeholder: row?.node.placeholder ? "yes" : undefined,
          path: row?.onPath ? "yes" : undefined,
          focus: row?.isFocus ? "yes" : undefined,
          severity: cardTone(card),
        },
        position: { x: card.x + cardWidth / 2, y: card.y + cardHeight / 2 },
      };
    }),
    ...links.map((link) => ({
      data: {
        id: link.id,
        source: link.from,
        target: link.to,
        kind: link.kind,
        label: link.label,
        path: link.onPath ? "yes" : undefined,
      },
    })),
  ];
}
