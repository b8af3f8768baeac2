import cytoscape, { type Core, type ElementDefinition } from "cytoscape";
import { type Camera, type Corners, cameraFor, clampedZoom, maxZoom, minZoom, panTo, startCamera } from "./camera.ts";
import { cardHeight, cardWidth } from "./cards.ts";
import { fittedView, sizeOf } from "./fitted-view.ts";
import { graphElements } from "./graph-elements.ts";
import { placeLabels } from "./graph-labels.ts";
import { graphStyle } from "./graph-style.ts";
import { boundsOf, type Layout } from "./layout.ts";
import { canvasTextWidth } from "./text-width.ts";
import { elementsInViewport, type Viewport } from "./viewport.ts";

/**
 * The drawing surface of the graph. It accepts layouts of any size and passes only the elements in the viewport to
 * Cytoscape (`viewport.ts`), so panning, expanding and drawing cost the same with ten processes and with ten thousand.
 */
export interface GraphCanvas {
  /** Draws a layout. The first one is fitted to the view, as far as it can be read then. */
  show(layout: Layout, focus: string): void;
  select(id: string | undefined): void;
  /** Reads the colours of the theme again. */
  restyle(): void;
  fit(): void;
  zoomBy(factor: number): void;
  /** Moves a point of the layout to the middle. */
  centre(point: { readonly x: number; readonly y: number }): void;
  /** Moves on by a share of the visible width and height. */
  moveBy(share: { readonly x: number; readonly y: number }): void;
  /** The visible part as an image. */
  png(background: string): Blob;
  destroy(): void;
}

export interface CanvasEvents {
  readonly tap: (id: string) => void;
  readonly doubleTap: (id: string) => void;
  /** The card under the pointer, and where it is on the canvas. */
  readonly hover: (id: string | undefined, at: { readonly x: number; readonly y: number }) => void;
  /** Another part is visible. */
  readonly moved: (visible: Viewport) => void;
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

/** Share of the viewport that is drawn beyond each edge, so that small moves need no redraw. */
const margin = 0.35;

export function createCanvas(container: HTMLElement, on: CanvasEvents): GraphCanvas {
  reserveStyleElement();
  const cy = cytoscape({
    container,
    layout: { name: "preset" },
    minZoom,
    maxZoom,
    boxSelectionEnabled: false,
    autounselectify: true,
    autoungrabify: true,
  });
  const readStyle = () => cy.style(graphStyle(getComputedStyle(document.documentElement)));
  readStyle();
  const textWidth = canvasTextWidth();
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
    const elements = elementsInViewport(layout, viewport);
    const labels = placeLabels(elements, layout.hosts, visiblePart(cy), textWidth);
    update(cy, drawn, graphElements(elements, layout.hosts, labels));
    markSelected();
  };
  const markSelected = () => {
    cy.$(".selected").removeClass("selected");
    cy.getElementById(selected ?? "").addClass("selected");
  };
  const redrawIfNeeded = () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      on.moved(visiblePart(cy));
      if (viewport === undefined || mustRedraw(cy, viewport)) {
        draw();
      }
    });
  };
  const move = ({ zoom, pan }: Camera) => cy.viewport({ zoom, pan: { ...pan } });
  const view = fittedView(cy);
  cy.on("viewport resize", redrawIfNeeded);
  cy.on("tap", "node, edge", (event) => {
    const id: string = event.target.isEdge() ? event.target.target().id() : event.target.id();
    const block = event.target.data("kind") === "block" ? event.target : undefined;
    if (block === undefined) {
      on.tap(id);
    } else {
      const zoom = Math.min(1, Math.max(cy.zoom() * 3, cy.height() / (block.height() + 2 * cardHeight)));
      move({ zoom, pan: panTo(sizeOf(cy), block.position(), zoom) });
    }
  });
  cy.on("dbltap", "node", (event) => on.doubleTap(event.target.id()));
  cy.on("mouseover", "node", (event) => on.hover(event.target.id(), event.renderedPosition));
  cy.on("mouseout", "node", (event) => on.hover(undefined, event.renderedPosition));
  const observer = new ResizeObserver(() => {
    view.resize();
    redrawIfNeeded();
  });
  observer.observe(container);

  return {
    show(next, focus) {
      const isFirst = layout === undefined;
      layout = next;
      view.release();
      if (isFirst) {
        view.fitTo((size) => startCamera(size, next, focus));
      }
      draw();
      on.moved(visiblePart(cy));
    },
    select(id) {
      selected = id;
      markSelected();
      const card = layout?.cardById.get(id ?? "");
      const { x1, y1, x2, y2 } = cy.extent();
      if (card !== undefined && (card.x < x1 || card.y < y1 || card.x + cardWidth > x2 || card.y + cardHeight > y2)) {
        const middle = { x: card.x + cardWidth / 2, y: card.y + cardHeight / 2 };
        cy.pan(panTo(sizeOf(cy), middle, cy.zoom()));
      }
    },
    restyle: () => void readStyle(),
    fit() {
      const bounds: Corners | undefined = layout === undefined ? undefined : boundsOf(layout);
      view.fitTo((size) => (bounds === undefined ? undefined : cameraFor(size, bounds, 1.2)));
    },
    zoomBy(factor) {
      const zoom = clampedZoom(cy.zoom() * factor);
      const { x1, y1, w, h } = cy.extent();
      move({ zoom, pan: panTo(sizeOf(cy), { x: x1 + w / 2, y: y1 + h / 2 }, zoom) });
    },
    centre: (point) => void cy.pan(panTo(sizeOf(cy), point, cy.zoom())),
    moveBy: ({ x, y }) => void cy.panBy({ x: -x * cy.width(), y: -y * cy.height() }),
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

function visiblePart(cy: Core): Viewport {
  const { x1, y1, x2, y2 } = cy.extent();
  return { x1, y1, x2, y2, zoom: cy.zoom() };
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
