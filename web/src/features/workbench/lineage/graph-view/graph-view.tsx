import { ActionIcon, Tooltip } from "@mantine/core";
import { useElementSize, useFullscreenElement, useMergedRef } from "@mantine/hooks";
import {
  IconArrowsMaximize,
  IconFileTypeSvg,
  IconInfoCircle,
  IconMap,
  IconMaximize,
  IconMinimize,
  IconPhotoDown,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { useCommands } from "../../../../keyboard/commands.tsx";
import type { LineageViewProps } from "../views.tsx";
import { graphSvg } from "./graph-svg.ts";
import classes from "./graph-view.module.css";
import { Minimap } from "./minimap-view.tsx";
import { canvasTextWidth } from "./text-width.ts";
import { themeColor } from "./theme-color.ts";
import { type Hovered, useGraphCanvas } from "./use-graph-canvas.ts";

/** The rows of the tree as a graph. Tree and table show the same accessibly. */
export function GraphView({ lineage, selected, select }: LineageViewProps) {
  const { holder, canvas, layout, visible, hovered, currentText, act } = useGraphCanvas({ lineage, selected, select });
  const [mapOpen, setMapOpen] = useMapOpen();
  const [legendOpen, setLegendOpen] = useState(false);
  const { ref: fullscreenRef, toggle, fullscreen } = useFullscreenElement<HTMLDivElement>();
  const { ref: sized, width, height } = useElementSize<HTMLDivElement>();
  const screen = useMergedRef(fullscreenRef, sized);
  useCommands(
    useMemo(
      () =>
        [
          { id: "graph-fit", title: "Fit the graph to the view", keys: ["0"], run: () => canvas.current?.fit() },
          { id: "graph-in", title: "Zoom in", keys: ["="], run: () => canvas.current?.zoomBy(1.4) },
          { id: "graph-out", title: "Zoom out", keys: ["-"], run: () => canvas.current?.zoomBy(1 / 1.4) },
        ].map((command) => ({ ...command, group: "Lineage" })),
      [canvas],
    ),
  );
  const savePng = () => {
    const image = canvas.current?.png(themeColor("surface"));
    if (image !== undefined) {
      save(image, "lineage.png");
    }
  };
  const saveSvg = () => {
    if (layout !== undefined) {
      save(new Blob([graphSvg(layout, themeColor, canvasTextWidth())], { type: "image/svg+xml" }), "lineage.svg");
    }
  };
  const processes = lineage.rows.filter((row) => row.kind === "process").length;
  return (
    <div className={classes.view} ref={screen}>
      <div
        className={classes.canvas}
        role="application"
        aria-label="Process graph"
        aria-description="Arrow keys move between the processes and open or close them, as in the tree."
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it moves the selection by keys.
        tabIndex={0}
        onKeyDown={(event) => {
          if (!event.ctrlKey && !event.metaKey && !event.altKey && act(event.key)) {
            event.preventDefault();
          }
        }}
      >
        <div
          ref={holder}
          className={classes.canvas}
          role="img"
          aria-label={`Process graph of ${processes} processes. The tree and the table show the same processes as text.`}
        />
      </div>
      <p className={classes.spoken} role="status">
        {currentText}
      </p>
      {hovered !== undefined && <HoverText hovered={hovered} width={width} height={height} />}
      {mapOpen && layout !== undefined && visible !== undefined && canvas.current !== undefined && (
        <Minimap layout={layout} visible={visible} size={mapSize(width, height)} canvas={canvas.current} />
      )}
      <div className={classes.tools}>
        <Tool label="Zoom in (=)" run={() => canvas.current?.zoomBy(1.4)}>
          <IconZoomIn size={15} aria-hidden />
        </Tool>
        <Tool label="Zoom out (-)" run={() => canvas.current?.zoomBy(1 / 1.4)}>
          <IconZoomOut size={15} aria-hidden />
        </Tool>
        <Tool label={fullscreen ? "Leave full screen" : "Full screen"} run={() => void toggle()}>
          {fullscreen ? <IconMinimize size={15} aria-hidden /> : <IconMaximize size={15} aria-hidden />}
        </Tool>
        <Tool label="Fit to view (0)" run={() => canvas.current?.fit()}>
          <IconArrowsMaximize size={15} aria-hidden />
        </Tool>
        <Tool label={mapOpen ? "Hide the minimap" : "Show the minimap"} run={() => setMapOpen(!mapOpen)}>
          <IconMap size={15} aria-hidden />
        </Tool>
        <Tool label="Save the visible part as PNG" run={savePng}>
          <IconPhotoDown size={15} aria-hidden />
        </Tool>
        <Tool label="Save the whole graph as SVG" run={saveSvg}>
          <IconFileTypeSvg size={15} aria-hidden />
        </Tool>
        <Tool label="Legend" run={() => setLegendOpen((before) => !before)} expanded={legendOpen}>
          <IconInfoCircle size={15} aria-hidden />
        </Tool>
      </div>
      {legendOpen && <Legend />}
    </div>
  );
}

/** Whether the minimap is shown where it is of use; kept in the browser. */
function useMapOpen() {
  const [open, set] = useState(() => localStorage.getItem(mapKey) !== "closed");
  const setOpen = useCallback((next: boolean) => {
    localStorage.setItem(mapKey, next ? "open" : "closed");
    set(next);
  }, []);
  return [open, setOpen] as const;
}
const mapKey = "stemma.graph.minimap";

/** A sixth of the view's sides or somewhat more: it must leave room for the graph. */
const mapSize = (width: number, height: number) => ({
  width: Math.round(Math.min(260, Math.max(110, width * 0.22))),
  height: Math.round(Math.min(180, Math.max(72, height * 0.24))),
});

/** All of what a card shows in part, beside the pointer. */
function HoverText({
  hovered: { text, x, y },
  width,
  height,
}: {
  readonly hovered: Hovered;
  readonly width: number;
  readonly height: number;
}) {
  const isRight = x > width / 2;
  const isLow = y > height / 2;
  return (
    <div
      className={classes.hover}
      role="tooltip"
      style={{
        ...(isRight ? { right: width - x + 14 } : { left: x + 14 }),
        ...(isLow ? { bottom: height - y + 14 } : { top: y + 14 }),
      }}
    >
      {text}
    </div>
  );
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

function Tool(props: {
  readonly label: string;
  readonly run: () => void;
  readonly expanded?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Tooltip withinPortal={false} position="bottom" label={props.label}>
      <ActionIcon variant="default" aria-label={props.label} aria-expanded={props.expanded} onClick={props.run}>
        {props.children}
      </ActionIcon>
    </Tooltip>
  );
}

const legendEntries = [
  ["exact", "parent matched by entity ID"],
  ["pid-time", "parent matched by process ID and start time"],
  ["declared", "parent reported by the child only; groups"],
  ["ambiguous", "one of several possible parents"],
  ["candidate", "another possible parent: select the child to choose it"],
  ["session", "logon session and its origin"],
  ["target", "access to or injection into another process"],
  ["logon-ambiguous", "origin ambiguous: several possible sessions"],
] as const;

function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      {legendEntries.map(([kind, label]) => (
        <li key={kind}>
          <span className={classes.sample} data-kind={kind} />
          {label}
        </li>
      ))}
      <li className={classes.hint}>
        Click selects, double-click expands or collapses, wheel zooms. A double frame is a chain of processes without
        alerts: click opens it. Zoomed out, branches are drawn as blocks.
      </li>
    </ul>
  );
}
