import { ActionIcon, Tooltip, useComputedColorScheme } from "@mantine/core";
import { IconArrowsMaximize, IconFileTypeSvg, IconInfoCircle, IconPhotoDown } from "@tabler/icons-react";
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { useCommands } from "../../../keyboard/commands.tsx";
import { createCanvas, type GraphCanvas } from "./graph-canvas.ts";
import { graphSvg } from "./graph-svg.ts";
import classes from "./graph-view.module.css";
import { type Layout, layoutGraph } from "./layout.ts";
import type { Row } from "./rows.ts";
import type { LineageViewProps } from "./views.tsx";

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const themeColor = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** The same rows as the tree as a picture. The tree and the table are its accessible twins. */
export function GraphView({ lineage, selected, select }: LineageViewProps) {
  const { graph, rows, toggle } = lineage;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<GraphCanvas>(undefined);
  const layout = useRef<Layout>(undefined);
  /** The card that was opened or closed: it stays where it is. */
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
    // Named so that the style is read again when the theme changes.
    void scheme;
    canvas.current?.restyle();
  }, [scheme]);

  useEffect(() => {
    if (graph === undefined) {
      return;
    }
    const held = layout.current?.at.get(anchor.current ?? latest.current.selected ?? graph.focus);
    layout.current = layoutGraph(rows, graph, held);
    anchor.current = undefined;
    canvas.current?.show(layout.current, graph.focus);
  }, [rows, graph]);

  useEffect(() => canvas.current?.select(selected), [selected]);

  useCommands(
    useMemo(
      () => [
        { id: "graph-fit", title: "Fit the graph", group: "Lineage", keys: ["0"], run: () => canvas.current?.fit() },
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
        aria-label={`Process graph of ${shown} processes. The tree and the table show the same as text.`}
      />
      <div className={classes.tools}>
        <Tool label="Fit everything (0)" run={() => canvas.current?.fit()}>
          <IconArrowsMaximize size={15} aria-hidden />
        </Tool>
        <Tool label="Save what is seen as PNG" run={savePng}>
          <IconPhotoDown size={15} aria-hidden />
        </Tool>
        <Tool label="Save everything as SVG" run={saveSvg}>
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

const lines = [
  ["exact", "parent exact, by entity ids"],
  ["pid-time", "parent by process id and time"],
  ["declared", "parent declared by the child; folds"],
  ["ambiguous", "one of several parents that fit"],
  ["candidate", "another parent that fits: select the child to switch"],
  ["session", "logon session, and where it came from"],
  ["logon-ambiguous", "several sessions may have opened it"],
] as const;

function Legend() {
  return (
    <ul className={classes.legend} aria-label="Legend">
      {lines.map(([kind, word]) => (
        <li key={kind}>
          <span className={classes.sample} data-kind={kind} />
          {word}
        </li>
      ))}
      <li className={classes.hint}>
        Click selects, double click opens or closes, wheel zooms; far out, branches are drawn as blocks
      </li>
    </ul>
  );
}
