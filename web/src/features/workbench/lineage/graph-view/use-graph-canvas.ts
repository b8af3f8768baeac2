import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import type { Row } from "../rows.ts";
import type { LineageViewProps } from "../views.tsx";
import { createCanvas, type GraphCanvas } from "./graph-canvas.ts";
import { type Layout, layoutGraph } from "./layout.ts";

/** A canvas in the element `holder` that follows the rows, the selection and the theme. */
export function useGraphCanvas({ lineage, selected, select }: Omit<LineageViewProps, "prevalence">) {
  const { graph, rows, toggle } = lineage;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<GraphCanvas>(undefined);
  const layout = useRef<Layout>(undefined);
  /** The card that was expanded or collapsed: it stays where it is. */
  const anchor = useRef<string>(undefined);
  const scheme = useComputedColorScheme("light");
  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const latest = useRef({ byId, toggle, select, selected });
  latest.current = { byId, toggle, select, selected };

  useEffect(() => {
    if (holder.current === null) {
      return;
    }
    const toggleRow = (row: Row) => {
      anchor.current = row.kind === "process" ? row.id : row.parentId;
      latest.current.toggle(row);
    };
    const created = createCanvas(holder.current, {
      tap: (id) => {
        const row = latest.current.byId.get(id);
        if (row?.kind === "process" || row?.kind === "event") {
          latest.current.select(id);
        } else if (row !== undefined) {
          toggleRow(row);
        }
      },
      doubleTap: (id) => {
        const row = latest.current.byId.get(id);
        if (row?.kind === "process") {
          toggleRow(row);
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

  return { holder, canvas, layout };
}
