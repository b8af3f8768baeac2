import { ActionIcon, Tooltip } from "@mantine/core";
import { useFullscreenElement } from "@mantine/hooks";
import {
  IconArrowsMaximize,
  IconFileTypeSvg,
  IconInfoCircle,
  IconMaximize,
  IconMinimize,
  IconPhotoDown,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import { useCommands } from "../../../../keyboard/commands.tsx";
import type { LineageViewProps } from "../views.tsx";
import { graphSvg } from "./graph-svg.ts";
import classes from "./graph-view.module.css";
import { useGraphCanvas } from "./use-graph-canvas.ts";

/** The rows of the tree as a graph. Tree and table show the same accessibly. */
export function GraphView({ lineage, selected, select }: LineageViewProps) {
  const { holder, canvas, layout } = useGraphCanvas({ lineage, selected, select });
  const [legendOpen, setLegendOpen] = useState(false);
  const { ref: screen, toggle, fullscreen } = useFullscreenElement<HTMLDivElement>();
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
    if (layout.current !== undefined) {
      save(new Blob([graphSvg(layout.current, themeColor)], { type: "image/svg+xml" }), "lineage.svg");
    }
  };
  const processes = lineage.rows.filter((row) => row.kind === "process").length;
  return (
    <div className={classes.view} ref={screen}>
      <div
        ref={holder}
        className={classes.canvas}
        role="img"
        aria-label={`Process graph of ${processes} processes. The tree and the table show the same processes as text.`}
      />
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

const themeColor = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

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
    <Tooltip withinPortal={false} label={props.label}>
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
        Click selects, double-click expands or collapses, wheel zooms. Zoomed out, branches are drawn as blocks.
      </li>
    </ul>
  );
}
