import { useComputedColorScheme } from "@mantine/core";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { processFilter } from "../rows.ts";
import type { LineageViewProps } from "../views.tsx";
import { closeChainText, wholeText } from "./card-text.ts";
import { chainId, collapseChains, firstOfChain, type GraphRow } from "./chains.ts";
import { createCanvas, type GraphCanvas } from "./graph-canvas.ts";
import { graphAction } from "./graph-keys.ts";
import { type Layout, layoutGraph } from "./layout.ts";
import type { Viewport } from "./viewport.ts";

/** The text of the card under the pointer, in pixels of the canvas. */
export interface Hovered {
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** A canvas in the element `holder` that follows the rows, the selection and the theme. */
export function useGraphCanvas({ lineage, selected, select }: Omit<LineageViewProps, "prevalence">) {
  const { graph, view, toggle, toggleChain } = lineage;
  const { rows, openChains } = useChains(lineage, selected);
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<GraphCanvas>(undefined);
  const [layout, setLayout] = useState<Layout>();
  const [visible, setVisible] = useState<Viewport>();
  const [hovered, setHovered] = useState<Hovered>();
  /** A card that is no process and that the keys went to; until another process is selected. */
  const [cursor, setCursor] = useState<{ readonly id: string; readonly selected: string | undefined }>();
  const current = cursor?.selected === selected ? (cursor?.id ?? selected) : selected;
  /** The card that was expanded or collapsed: it stays where it is, or another one takes its place. */
  const anchor = useRef<{ readonly id: string; readonly at: string }>(undefined);
  const scheme = useComputedColorScheme("light");
  const byId = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const latest = useRef({ byId, select, selected, layout });
  latest.current = { byId, select, selected, layout };

  /** Opens or closes what a card stands for. */
  const toggleRow = useCallback(
    (row: GraphRow) => {
      if (row.kind === "chain") {
        const first = firstOfChain(row.id) ?? "";
        anchor.current = { id: first, at: row.id };
        toggleChain(first);
      } else {
        const id = row.kind === "process" ? row.id : row.parentId;
        anchor.current = { id, at: id };
        toggle(row);
      }
    },
    [toggle, toggleChain],
  );
  const closeChain = useCallback(
    (first: string) => {
      const id = chainId(first);
      anchor.current = { id, at: first };
      // A selected member would keep it open.
      const holdsSelection = openChains.some((chain) => chain.id === id && chain.members.includes(selected ?? ""));
      setCursor({ id, selected: holdsSelection ? graph?.focus : selected });
      if (holdsSelection && graph !== undefined) {
        select(graph.focus);
      }
      if (view.openChains.has(first)) {
        toggleChain(first);
      }
    },
    [openChains, view.openChains, toggleChain, selected, select, graph],
  );
  const acts = useRef({ toggleRow, closeChain });
  acts.current = { toggleRow, closeChain };

  useEffect(() => {
    if (holder.current === null) {
      return;
    }
    const created = createCanvas(holder.current, {
      tap: (id) => {
        const row = latest.current.byId.get(id);
        const closed = id.startsWith(closePrefix) ? firstOfChain(id.slice(closePrefix.length)) : undefined;
        if (closed !== undefined) {
          acts.current.closeChain(closed);
        } else if (row?.kind === "process" || row?.kind === "event") {
          latest.current.select(id);
        } else if (row !== undefined) {
          acts.current.toggleRow(row);
        }
      },
      doubleTap: (id) => {
        const row = latest.current.byId.get(id);
        if (row?.kind === "process") {
          acts.current.toggleRow(row);
        }
      },
      hover: (id, at) => {
        const text = id === undefined ? undefined : textOf(latest.current.layout, id);
        setHovered(text === undefined ? undefined : { text, ...at });
      },
      moved: (part) => {
        setVisible(part);
        setHovered(undefined);
      },
    });
    canvas.current = created;
    return () => {
      canvas.current = undefined;
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
    const cards = latest.current.layout?.cardById;
    const { id, at } = anchor.current ?? { id: latest.current.selected, at: latest.current.selected };
    const fixed = cards?.get(at ?? "");
    const next = layoutGraph(
      rows,
      graph,
      fixed === undefined || id === undefined ? cards?.get(graph.focus) : { id, x: fixed.x, y: fixed.y },
      openChains,
    );
    anchor.current = undefined;
    setLayout(next);
    canvas.current?.show(next, graph.focus);
  }, [rows, openChains, graph]);

  useEffect(() => canvas.current?.select(current), [current]);

  const goTo = useCallback(
    (id: string) => {
      const row = byId.get(id);
      // The processes of a closed chain have no rows.
      if (row?.kind === "process" || row?.kind === "event" || row === undefined) {
        setCursor(undefined);
        select(id);
      } else {
        setCursor({ id, selected });
      }
    },
    [byId, select, selected],
  );
  const act = useCallback(
    (key: string): boolean => {
      const action = graphAction(key, rows, openChains, current);
      switch (action?.kind) {
        case "select":
          if (action.row !== undefined) {
            goTo(action.row.id);
          }
          return action.row !== undefined;
        case "toggle":
          toggleRow(action.row);
          if (action.row.kind === "chain") {
            goTo(firstOfChain(action.row.id) ?? "");
          }
          return true;
        case "close-chain":
          closeChain(action.first);
          return true;
        default:
          return false;
      }
    },
    [rows, openChains, current, goTo, toggleRow, closeChain],
  );
  const currentText = layout === undefined || current === undefined ? undefined : textOf(layout, current);
  return { holder, canvas, layout, visible, hovered, currentText, act };
}

const closePrefix = "close:";

function textOf(layout: Layout | undefined, id: string): string | undefined {
  const card = layout?.cardById.get(id);
  const closed = id.startsWith(closePrefix)
    ? layout?.chains.find((chain) => chain.id === id.slice(closePrefix.length))
    : undefined;
  return card !== undefined ? wholeText(card) : closed === undefined ? undefined : closeChainText(closed);
}

/** The rows with chains collapsed. A selection outside of chains keeps the same rows, so that nothing is redrawn. */
function useChains({ graph, rows, view }: LineageViewProps["lineage"], selected: string | undefined) {
  const { openChains, find, alertsOnly } = view;
  const isMatch = useMemo(() => processFilter({ find, alertsOnly }), [find, alertsOnly]);
  const collapsedWith = useCallback(
    (shown: string | undefined) =>
      graph === undefined
        ? { rows, open: [] }
        : collapseChains(rows, graph, {
            open: openChains,
            isShown: (key) => key === shown,
            isKept: ({ node }) => isMatch?.(node) ?? false,
          }),
    [graph, rows, openChains, isMatch],
  );
  const closed = useMemo(() => collapsedWith(undefined), [collapsedWith]);
  const hidden = closed.rows.some((row) => row.kind === "chain" && row.members.some(({ id }) => id === selected))
    ? selected
    : undefined;
  const { rows: shown, open } = useMemo(
    () => (hidden === undefined ? closed : collapsedWith(hidden)),
    [closed, hidden, collapsedWith],
  );
  return { rows: shown, openChains: open };
}
