import type { Core } from "cytoscape";
import type { Camera, Size } from "./camera.ts";

export interface FittedView {
  /** Moves the view to a camera for its present size. */
  fitTo(camera: (size: Size) => Camera | undefined): void;
  /** From now on the view keeps its middle when its size changes. */
  release(): void;
  /** To be called when the size of the area may have changed. */
  resize(): void;
}

/** What was fitted stays fitted when the size of the view changes, as in full screen, until somebody moves it. */
export function fittedView(cy: Core): FittedView {
  let fitted: ((size: Size) => Camera | undefined) | undefined;
  let size = sizeOf(cy);
  const fitTo: FittedView["fitTo"] = (camera) => {
    const next = camera(size);
    if (next !== undefined) {
      cy.viewport({ zoom: next.zoom, pan: { ...next.pan } });
      fitted = camera;
    }
  };
  cy.on("viewport", () => {
    fitted = undefined;
  });
  return {
    fitTo,
    release() {
      fitted = undefined;
    },
    resize() {
      const before = size;
      cy.resize();
      size = sizeOf(cy);
      if (size.width === before.width && size.height === before.height) {
        return;
      }
      if (fitted === undefined) {
        cy.panBy({ x: (size.width - before.width) / 2, y: (size.height - before.height) / 2 });
      } else {
        fitTo(fitted);
      }
    },
  };
}

export const sizeOf = (cy: Core): Size => ({ width: cy.width(), height: cy.height() });
