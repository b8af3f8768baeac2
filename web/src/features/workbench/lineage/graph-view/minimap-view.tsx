import { useComputedColorScheme } from "@mantine/core";
import { type KeyboardEvent, type PointerEvent, useEffect, useMemo, useRef } from "react";
import type { Size } from "./camera.ts";
import type { GraphCanvas } from "./graph-canvas.ts";
import { boundsOf, type Layout } from "./layout.ts";
import classes from "./minimap.module.css";
import { isAllVisible, mapFrame, positionText, toLayout, visibleRectangle } from "./minimap.ts";
import { drawMap } from "./minimap-picture.ts";
import { themeColor } from "./theme-color.ts";
import type { Viewport } from "./viewport.ts";

/** Part of the visible width or height by which an arrow key moves. */
const keyStep = 0.25;

/**
 * The whole graph in the corner, with the visible part as a rectangle: a click or drag moves it, and so do the arrow
 * keys. The graph is drawn when it changes, the rectangle when it moves.
 */
export function Minimap({
  layout,
  visible,
  size,
  canvas,
}: {
  readonly layout: Layout;
  readonly visible: Viewport;
  readonly size: Size;
  readonly canvas: GraphCanvas;
}) {
  const picture = useRef<HTMLCanvasElement>(null);
  const scheme = useComputedColorScheme("light");
  const bounds = useMemo(() => boundsOf(layout) ?? { x1: 0, y1: 0, x2: 1, y2: 1 }, [layout]);
  const { width, height } = size;
  const frame = useMemo(() => mapFrame(bounds, { width, height }), [bounds, width, height]);
  const isNeeded = !isAllVisible(bounds, visible);
  useEffect(() => {
    // Depends on `scheme`: the colours are those of the theme.
    void scheme;
    if (picture.current !== null && isNeeded) {
      drawMap(picture.current, layout, frame, themeColor, globalThis.devicePixelRatio);
    }
  }, [layout, frame, scheme, isNeeded]);
  if (!isNeeded) {
    return null;
  }
  const rectangle = visibleRectangle(frame, visible);
  const moveTo = (event: PointerEvent<HTMLElement>) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    canvas.centre(toLayout(frame, { x: event.clientX - left, y: event.clientY - top }));
  };
  return (
    <div
      className={classes.map}
      style={{ width, height }}
      role="slider"
      tabIndex={0}
      aria-label="Visible part of the graph"
      aria-description="Arrow keys move it, plus and minus zoom, 0 fits the graph"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(((visible.x1 - bounds.x1) / Math.max(1, bounds.x2 - bounds.x1)) * 100)}
      aria-valuetext={positionText(bounds, visible)}
      onPointerDown={(event) => {
        if (event.button === 0) {
          event.currentTarget.setPointerCapture?.(event.pointerId);
          moveTo(event);
        }
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture?.(event.pointerId)) {
          moveTo(event);
        }
      }}
      onKeyDown={(event) => onKey(event, canvas)}
    >
      <canvas ref={picture} className={classes.picture} aria-hidden />
      <div className={classes.visible} style={rectangle} />
    </div>
  );
}

function onKey(event: KeyboardEvent, canvas: GraphCanvas): void {
  const moved = (x: number, y: number) => () => canvas.moveBy({ x: x * keyStep, y: y * keyStep });
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: moved(-1, 0),
    ArrowRight: moved(1, 0),
    ArrowUp: moved(0, -1),
    ArrowDown: moved(0, 1),
    "+": () => canvas.zoomBy(1.4),
    "=": () => canvas.zoomBy(1.4),
    "-": () => canvas.zoomBy(1 / 1.4),
    "0": () => canvas.fit(),
  };
  const act = acts[event.key];
  if (act !== undefined) {
    event.preventDefault();
    event.stopPropagation();
    act();
  }
}
