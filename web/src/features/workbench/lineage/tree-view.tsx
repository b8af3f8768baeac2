import { useElementSize } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconLoader2 } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { absoluteTime, useTimeZone } from "../../../ui/time.tsx";
import { moveIn, type Row } from "./rows.ts";
import { type Ruler, rulerOf, tickPrecision } from "./ruler.ts";
import { Guides, Lifetime, RowText, rowHeight } from "./tree-row.tsx";
import classes from "./tree-view.module.css";
import type { LineageViewProps } from "./views.tsx";

/** Pixels that the label of a tick takes. */
const tickWidth = 58;

/** `20:32:51`, and `:51.200` where the ruler is finer than a second. */
function tickLabel(tick: number, ruler: Ruler, mode: "utc" | "local"): string {
  const precision = tickPrecision(ruler);
  const text = absoluteTime(new Date(tick).toISOString(), mode, precision);
  return text.slice(precision === "millisecond" ? 16 : 11);
}

const fits = (tick: number, ruler: Ruler, width: number) =>
  ((ruler.to - tick) / (ruler.to - ruler.from)) * width > tickWidth - 8;

/** Which of the levels left of a row are still going on below it: the vertical lines of the tree. */
function guidesOf(rows: readonly Row[]): readonly (readonly boolean[])[] {
  const open: boolean[] = [];
  return rows.map((row) => {
    open.length = row.depth;
    open[row.depth] = row.position < row.siblings;
    return [...open.slice(1)];
  });
}

/**
 * Keeps what is looked at where it is when rows come or go above it: the selected row while it is in view, else the first one
 * in view that is still there.
 */
function useHeldPlace(
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
    const stays = [...inView.filter(({ id }) => id === held.current), ...inView].find(({ id }) => places.has(id));
    const now = places.get(stays?.id ?? "");
    if (stays !== undefined && now !== undefined) {
      list.scrollTop += (now - last.indexOf(stays)) * rowHeight;
    }
  }, [rows, scroller]);
}

/** Processes as an indented tree with their lifetimes on a shared time ruler. Arrow keys move, Enter opens and closes. */
export function TreeView({ lineage, rarities, selected, select }: LineageViewProps) {
  const { rows, graph, loading } = lineage;
  const scroller = useRef<HTMLDivElement>(null);
  const { mode } = useTimeZone();
  const { ref: axis, width: axisWidth } = useElementSize();
  const guides = useMemo(() => guidesOf(rows), [rows]);
  const ruler = useMemo(() => {
    const nodes = rows.flatMap((row) =>
      row.kind === "process" ? [row.node] : row.kind === "group" ? row.members : [],
    );
    return rulerOf(nodes, graph?.nodes.get(graph.focus), Math.max(1, Math.floor(axisWidth / tickWidth)));
  }, [rows, graph, axisWidth]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const at = rows.findIndex((row) => row.id === selected);
  useHeldPlace(rows, selected, scroller);
  const toggle = (row: Row) => (row.kind === "logon" ? void lineage.follow(row, select) : lineage.toggle(row));
  const latest = useRef(at);
  latest.current = at;
  useEffect(() => {
    // Named so that only another selection moves the list, not rows that come above it.
    void selected;
    if (latest.current !== -1) {
      virtual.scrollToIndex(latest.current, { align: "auto" });
    }
  }, [selected, virtual]);

  const onKeyDown = (event: React.KeyboardEvent) => {
    const row = rows[at];
    const go = (next: Row | undefined) => {
      event.preventDefault();
      if (next !== undefined) {
        select(next.id);
      }
    };
    const isOpen = row?.kind === "process" ? row.expansion === "open" : row?.kind === "group" && row.open;
    switch (event.key) {
      case "ArrowDown":
        return go(moveIn(rows, selected, "down"));
      case "ArrowUp":
        return go(moveIn(rows, selected, "up"));
      case "Home":
        return go(moveIn(rows, selected, "first"));
      case "End":
        return go(moveIn(rows, selected, "last"));
      case "ArrowRight":
        if (row !== undefined && !isOpen && !(row.kind === "process" && row.expansion === "none")) {
          event.preventDefault();
          return toggle(row);
        }
        return go(moveIn(rows, selected, "child"));
      case "ArrowLeft":
        if (row !== undefined && isOpen) {
          event.preventDefault();
          return toggle(row);
        }
        return go(moveIn(rows, selected, "parent"));
      case "Enter":
      case " ":
        if (row !== undefined) {
          event.preventDefault();
          toggle(row);
        }
        return;
    }
  };

  return (
    <div className={classes.view}>
      <div className={classes.header} aria-hidden>
        <span>Process</span>
        <div className={classes.ticks} ref={axis}>
          {ruler?.ticks
            .filter((tick) => fits(tick, ruler, axisWidth))
            .map((tick) => (
              <span key={tick} style={{ left: `${((tick - ruler.from) / (ruler.to - ruler.from)) * 100}%` }}>
                {tickLabel(tick, ruler, mode)}
              </span>
            ))}
        </div>
      </div>
      <div
        ref={scroller}
        className={classes.scroller}
        role="tree"
        aria-label="Process lineage"
        tabIndex={0}
        aria-activedescendant={at === -1 ? undefined : `lineage-${at}`}
        onKeyDown={onKeyDown}
        data-count={rows.length}
      >
        <div role="presentation" className={classes.sizer} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (row === undefined) {
              return null;
            }
            const open = row.kind === "process" ? row.expansion === "open" : row.kind === "group" && row.open;
            const canOpen = row.kind === "group" || (row.kind === "process" && row.expansion !== "none");
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree, which has the focus.
              // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names the active row.
              <div
                key={row.id}
                id={`lineage-${item.index}`}
                role="treeitem"
                aria-level={row.depth + 1}
                aria-posinset={row.position}
                aria-setsize={row.siblings}
                aria-expanded={canOpen ? open : undefined}
                aria-selected={item.index === at}
                className={classes.row}
                data-path={(row.kind === "process" && row.onPath) || undefined}
                data-focus={(row.kind === "process" && row.isFocus) || undefined}
                data-placeholder={(row.kind === "process" && row.node.placeholder) || undefined}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => (row.kind === "process" ? select(row.id) : toggle(row))}
                data-kind={row.kind}
                onDoubleClick={() => row.kind === "process" && toggle(row)}
              >
                <div className={classes.left}>
                  <Guides row={row} lines={guides[item.index] ?? []} />
                  <button
                    type="button"
                    tabIndex={-1}
                    aria-hidden
                    className={classes.chevron}
                    data-empty={!canOpen || undefined}
                    onClick={(event) => {
                      event.stopPropagation();
                      toggle(row);
                    }}
                  >
                    {loading.has(row.kind === "more" ? row.parentId : row.id) ? (
                      <IconLoader2 size={13} className={classes.spin} />
                    ) : canOpen ? (
                      open ? (
                        <IconChevronDown size={13} />
                      ) : (
                        <IconChevronRight size={13} />
                      )
                    ) : null}
                  </button>
                  <RowText row={row} rarities={rarities} />
                </div>
                <div className={classes.right}>{ruler !== undefined && <Lifetime row={row} ruler={ruler} />}</div>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
