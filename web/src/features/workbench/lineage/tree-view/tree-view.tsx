import { useElementSize } from "@mantine/hooks";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { useFocusOnOpening } from "../../../../ui/opened-row.ts";
import { absoluteTime, useTimeZone } from "../../../../ui/time.tsx";
import { useBrush } from "../../../../ui/use-brush.ts";
import { expansionOf, rowAction } from "../row-keys.ts";
import type { Row } from "../rows.ts";
import { alertSpan, shownSpan } from "../spans.ts";
import { useRows } from "../use-rows.ts";
import type { TimeSpan } from "../view-state.ts";
import type { LineageViewProps } from "../views.tsx";
import { type Ruler, rulerOf, tickPrecision, timeRuler } from "./ruler.ts";
import { rowHeight, TreeRow, treeRowId } from "./tree-row.tsx";
import classes from "./tree-view.module.css";

/** Pixels reserved for the label of a tick. */
const tickWidth = 58;

/** `20:32:51`, with milliseconds where the ticks are less than a second apart. */
function tickLabel(tick: number, ruler: Ruler, mode: "utc" | "local"): string {
  const precision = tickPrecision(ruler);
  const text = absoluteTime(new Date(tick).toISOString(), mode, precision);
  return text.slice(precision === "millisecond" ? 16 : 11);
}

const fits = (tick: number, ruler: Ruler, width: number) =>
  ((ruler.to - tick) / (ruler.to - ruler.from)) * width > tickWidth - 8;

const sameSpan = (one: TimeSpan, other: TimeSpan | undefined) => one.from === other?.from && one.to === other.to;

/** For each row the levels to its left that continue below it: the vertical lines of the tree. */
function guidesOf(rows: readonly Row[]): readonly (readonly boolean[])[] {
  const open: boolean[] = [];
  return rows.map((row) => {
    open.length = row.depth;
    open[row.depth] = row.position < row.siblings;
    return [...open.slice(1)];
  });
}

/**
 * Keeps the visible rows in place when rows are added or removed above them: the selected row if it is in view, else
 * the first row in view that remains.
 */
function useStableScroll(
  rows: readonly Row[],
  selected: string | undefined,
  scroller: RefObject<HTMLDivElement | null>,
): void {
  const before = useRef(rows);
  const held = useRef(selected);
  held.current = selected;
  useLayoutEffect(() => {
    const list = scroller.current;
    const last = before.current;
    before.current = rows;
    if (list === null || last === rows) {
      return;
    }
    const from = Math.floor(list.scrollTop / rowHeight);
    const inView = last.slice(from, from + Math.ceil(list.clientHeight / rowHeight));
    const places = new Map(rows.map((row, index) => [row.id, index]));
    const kept = [...inView.filter(({ id }) => id === held.current), ...inView].find(({ id }) => places.has(id));
    const now = places.get(kept?.id ?? "");
    if (kept !== undefined && now !== undefined) {
      list.scrollTop += (now - last.indexOf(kept)) * rowHeight;
    }
  }, [rows, scroller]);
}

/** The processes as an indented tree, with their lifetimes on a shared time ruler. */
export function TreeView({ lineage, prevalence, selected, select }: LineageViewProps) {
  const { rows, graph, loading, view, setView, toggleEvents } = lineage;
  const scroller = useRef<HTMLDivElement>(null);
  useFocusOnOpening("tree", scroller);
  const { ref: axis, width: axisWidth } = useElementSize();
  const guides = useMemo(() => guidesOf(rows), [rows]);
  const ruler = useMemo(() => {
    const nodes = rows.flatMap((row) =>
      row.kind === "process" ? [row.node] : row.kind === "group" ? row.members : [],
    );
    const ticks = Math.max(1, Math.floor(axisWidth / tickWidth));
    const span = shownSpan(graph, view.span);
    return span === undefined ? timeRuler(nodes, graph?.nodes.get(graph.focus), ticks) : rulerOf(span, ticks);
  }, [rows, graph, axisWidth, view.span]);
  const alert = graph === undefined ? undefined : alertSpan(graph);
  const brush = useBrush(ruler ?? { from: 0, to: 1 }, (span) => setView({ span }));
  const selectedIndex = rows.findIndex((row) => row.id === selected);
  const { virtual, items, described } = useRows({
    count: rows.length,
    height: rowHeight,
    active: selectedIndex,
    scroller,
  });
  useStableScroll(rows, selected, scroller);
  const latest = useRef(selectedIndex);
  latest.current = selectedIndex;
  useEffect(() => {
    // Depends on `selected`, not on its index: only a new selection scrolls the list, not rows added above it.
    void selected;
    if (latest.current !== -1) {
      virtual.scrollToIndex(latest.current, { align: "auto" });
    }
  }, [selected, virtual]);

  const events = { open: view.events, toggle: toggleEvents };
  const toggle = (row: Row) => (row.kind === "logon" ? void lineage.followLogon(row, select) : lineage.toggle(row));
  const onKeyDown = (event: React.KeyboardEvent) => {
    const action = rowAction(event.key, rows, selected, expansionOf);
    if (action === undefined) {
      return;
    }
    event.preventDefault();
    if (action.kind === "toggle") {
      toggle(action.row);
    } else if (action.row !== undefined) {
      select(action.row.id);
    }
  };

  return (
    <div className={classes.view}>
      <div className={classes.header}>
        <span className={classes.fit}>
          <span>Process</span>
          <span className={classes.fits}>
            time of
            <button type="button" aria-pressed={view.span === undefined} onClick={() => setView({ span: undefined })}>
              incident
            </button>
            <button
              type="button"
              aria-pressed={view.span !== undefined && sameSpan(view.span, alert)}
              disabled={alert === undefined}
              onClick={() => setView({ span: alert })}
            >
              alert
            </button>
          </span>
        </span>
        <div
          className={classes.ticks}
          ref={axis}
          aria-hidden
          title="Drag to show a part of the time"
          {...brush.handlers}
        >
          {ruler !== undefined && <Ticks ruler={ruler} width={axisWidth} />}
          {brush.selected !== undefined && (
            <div
              className={classes.brush}
              style={{
                left: `${brush.selected.from * 100}%`,
                width: `${(brush.selected.to - brush.selected.from) * 100}%`,
              }}
            />
          )}
        </div>
      </div>
      <div
        ref={scroller}
        className={classes.scroller}
        role="tree"
        aria-label="Process lineage"
        tabIndex={0}
        aria-activedescendant={described === undefined ? undefined : treeRowId(described)}
        onKeyDown={onKeyDown}
        data-count={rows.length}
      >
        <div role="presentation" className={classes.sizer} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            return (
              row !== undefined && (
                <TreeRow
                  key={row.id}
                  row={row}
                  index={index}
                  top={start}
                  guides={guides[index] ?? []}
                  ruler={ruler}
                  prevalence={prevalence}
                  selected={index === selectedIndex}
                  loading={loading.has(row.kind === "more" ? row.parentId : row.id)}
                  events={events}
                  select={select}
                  toggle={toggle}
                />
              )
            );
          })}
        </div>
      </div>
    </div>
  );
}

function Ticks({ ruler, width }: { readonly ruler: Ruler; readonly width: number }) {
  const { mode } = useTimeZone();
  return ruler.ticks
    .filter((tick) => fits(tick, ruler, width))
    .map((tick) => (
      <span key={tick} style={{ left: `${((tick - ruler.from) / (ruler.to - ruler.from)) * 100}%` }}>
        {tickLabel(tick, ruler, mode)}
      </span>
    ));
}
