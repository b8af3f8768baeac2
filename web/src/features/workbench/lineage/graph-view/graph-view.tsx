import { ActionIcon, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconArrowsMaximize, IconFileTypeSvg, IconInfoCircle, IconPhotoDown } from "@tabler/icons-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useCommands } from "../../../../keyboard/commands.tsx";
import type { Row } from "../rows.ts";
import type { LineageViewProps } from "../views.tsx";
import { createCanvas, type GraphCanvas } from "./graph-canvas.ts";
import { graphSvg } from "./graph-svg.ts";
import classes from "./graph-view.module.css";
import { type Layout, layoutGraph } from "./layout.ts";

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const themeColor = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The rows of the tree as a graph. Tree and table show the same accessibly. */
export function GraphView({ lineage, selected, select }: LineageViewProps) {
  const { graph, rows, toggle } = lineage;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<GraphCanvas>(undefined);
  const layout = useRef<Layout>(undefined);
  /** The card that was expanded or collapsed: it stays where it is. */
  const anchor = useRef<string>(undefined);
  const [legend, setLegend] = useState(false);
  const scheme = useComputedColorScheme("light");
  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const latest = useRef({ byId, toggle, select, selected });
  latest.current = { byId, toggle, select, selected };

  useEffect(() => {
    if (holder.current === null) {
      return;
    }
    const open = (row: Row) => {
      anchor.current = row.kind === "process" ? row.id : row.parentId;
      latest.current.toggle(row);
    };
    const created = createCanvas(holder.current, {
      tap: (id) => {
        const row = latest.current.byId.get(id);
        if (row?.kind === "process") {
          latest.current.select(id);
        } else if (row !== undefined) {
          open(row);
        }
      },
      doubleTap: (id) => {
        const row = latest.current.byId.get(id);
        if (row?.kind === "process") {
          open(row);
        }
      },
    });
    canvas.current = created;
    return () => {
      canvas.current = undefined;
      layout.current = undefined;
      created.destroy();
    };
  }, []);

  useEffect(() => {
    // Depends on `scheme`: the style is read again when the theme changes.
    void scheme;
    canvas.current?.restyle();
  }, [scheme]);

  useEffect(() => {
    if (graph === undefined) {
      return;
    }
    const fixed = layout.current?.cardById.get(anchor.current ?? latest.current.selected ?? graph.focus);
    layout.current = layoutGraph(rows, graph, fixed);
    anchor.current = undefined;
    canvas.current?.show(layout.current, graph.focus);
  }, [rows, graph]);

  useEffect(() => canvas.current?.select(selected), [selected]);

  useCommands(
    useMemo(
      () => [
        {
          id: "graph-fit",
          title: "Fit the graph to the view",
          group: "Lineage",
          keys: ["0"],
          run: () => canvas.current?.fit(),
        },
        { id: "graph-in", title: "Zoom in", group: "Lineage", keys: ["="], run: () => canvas.current?.zoomBy(1.4) },
        {
          id: "graph-out",
          title: "Zoom out",
          group: "Lineage",
          keys: ["-"],
          run: () => canvas.current?.zoomBy(1 / 1.4),
        },
      ],
      [],
    ),
  );

  const savePng = () => {
    const picture = canvas.current?.png(themeColor("surface"));
    if (picture !== undefined) {
      save(picture, "lineage.png");
    }
  };
  const saveSvg = () => {
    if (layout.current !== undefined) {
      save(new Blob([graphSvg(layout.current, themeColor)], { type: "image/svg+xml" }), "lineage.svg");
    }
  };
  const shown = useMemo(() => rows.filter((row) => row.kind === "process").length, [rows]);
  return (
    <div className={classes.view}>
      <div
        ref={holder}
        className={classes.canvas}
        role="img"
        aria-label={`Process graph of ${shown} processes. The tree and the table show the same processes as text.`}
      />
      <div className={classes.tools}>
        <Tool label="Fit to view (0)" run={() => canvas.current?.fit()}>
          <IconArrowsMaximize size={15} aria-hidden />
        </Tool>
        <Tool label="Save the visible part as PNG" run={savePng}>
          <IconPhotoDown size={15} aria-hidden />
        </Tool>
        <Tool label="Save the whole graph as SVG" run={saveSvg}>
          <IconFileTypeSvg size={15} aria-hidden />
        </Tool>
        <Tool label="Legend" run={() => setLegend((before) => !before)} expanded={legend}>
          <IconInfoCircle size={15} aria-hidden />
        </Tool>
      </div>
      {legend && <Legend />}
    </div>
  );
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
