import type { Page } from "playwright-core";
import { z } from "zod";

/** What the drawing surface of the graph has drawn. The picture has no elements in which a test could find anything. */
const box = z.object({ x1: z.number(), y1: z.number(), x2: z.number(), y2: z.number() });
const drawing = z.object({
  zoom: z.number(),
  pan: z.object({ x: z.number(), y: z.number() }),
  /** The surface, in pixels. */
  size: z.object({ width: z.number(), height: z.number() }),
  nodes: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      label: z.string(),
      /** Of the label, in pixels on the screen. */
      fontSize: z.number(),
      at: z.object({ x: z.number(), y: z.number() }),
      /** The box of the label and that of the shape, in pixels of the surface. */
      box,
      shape: box,
      /** Whether all of the shape is on the screen, and the surface is on top at its middle and corners. */
      visible: z.boolean(),
    }),
  ),
});
export type Drawn = z.infer<typeof drawing>;

/** Cytoscape keeps its instance at the element it draws in. The page's types are not available here: hence as text. */
const readDrawing = `(async () => {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  const surface = [...document.querySelectorAll("[role=img]")].find((element) => element._cyreg);
  const { cy } = surface._cyreg;
  const rest = { includeEdges: false, includeOverlays: false, includeUnderlays: false };
  const corners = ({ x1, y1, x2, y2 }) => ({ x1, y1, x2, y2 });
  const area = surface.getBoundingClientRect();
  const isOnTop = (x, y) => surface.contains(document.elementFromPoint(area.left + x, area.top + y));
  const isVisible = ({ x1, y1, x2, y2 }) =>
    [[x1, y1], [x2, y1], [x1, y2], [x2, y2], [(x1 + x2) / 2, (y1 + y2) / 2]].every(([x, y]) => isOnTop(x, y));
  return {
    zoom: cy.zoom(),
    pan: { ...cy.pan() },
    size: { width: area.width, height: area.height },
    nodes: cy.nodes().map((node) => {
      const shape = corners(node.renderedBoundingBox({ ...rest, includeLabels: false }));
      return { id: node.id(), kind: node.data("kind"), label: node.data("label") ?? "",
        fontSize: node.numericStyle("font-size") * cy.zoom(), at: { ...node.renderedPosition() }, shape,
        box: corners(node.renderedBoundingBox({ ...rest, includeNodes: false })), visible: isVisible(shape) };
    }),
  };
})()`;

export const drawn = async (page: Page): Promise<Drawn> => drawing.parse(await page.evaluate(readDrawing));

/** The name of a host above its box, and every other text that is drawn. */
export const hostLabels = ({ nodes }: Drawn) => nodes.filter(({ id }) => id.startsWith("label:host:"));
export const labelled = ({ nodes }: Drawn) => nodes.filter(({ label, kind }) => label !== "" && kind !== "handle");

export function overlappingLabels(picture: Drawn): readonly string[] {
  const labels = labelled(picture);
  return labels.flatMap((one, index) =>
    labels
      .slice(index + 1)
      .filter(
        ({ box: other }) =>
          one.box.x1 < other.x2 && other.x1 < one.box.x2 && one.box.y1 < other.y2 && other.y1 < one.box.y2,
      )
      .map((other) => `${one.label} and ${other.label}`),
  );
}

export async function openGraph(page: Page): Promise<void> {
  await page.getByRole("tab", { name: "Graph" }).click();
  await page.getByRole("img", { name: /^Process graph of \d+ processes/ }).waitFor();
}

export const minimap = (page: Page) => page.getByRole("slider", { name: "Visible part of the graph" });
