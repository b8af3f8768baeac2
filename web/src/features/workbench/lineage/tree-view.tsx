import { useElementSize } from "@mantine/hooks";
import {
  IconAlertHexagonFilled,
  IconChevronDown,
  IconChevronRight,
  IconCircleDashed,
  IconLoader2,
  IconStack2,
} from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { VisibleText } from "../../../ui/command-line.tsx";
import { absoluteTime, duration, useTimeZone } from "../../../ui/time.tsx";
import { moveIn, type ProcessRow, type Row } from "./model.ts";
import { barOf, type Ruler, rulerOf, tickPrecision } from "./ruler.ts";
import classes from "./tree-view.module.css";
import type { Lineage } from "./use-lineage.ts";
import { accountName, certaintyWords, commandTail, processName } from "./words.ts";

const rowHeight = 28;
const indent = 16;
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

/** Processes as an indented tree with their lifetimes on a shared time ruler. Arrow keys move, Enter opens and closes. */
export function TreeView({
  lineage,
  selected,
  select,
}: {
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
}) {
  const { rows, graph, toggle, loading } = lineage;
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
  useEffect(() => {
    if (at !== -1) {
      virtual.scrollToIndex(at, { align: "auto" });
    }
  }, [at, virtual]);

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
                  <RowText row={row} />
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

function Guides({ row, lines }: { readonly row: Row; readonly lines: readonly boolean[] }) {
  if (row.depth === 0) {
    return null;
  }
  const certainty = row.kind === "process" ? (row.node.parent?.certainty ?? "exact") : "exact";
  const width = row.depth * indent;
  const x = width - indent / 2;
  const middle = rowHeight / 2;
  return (
    <svg
      className={classes.guides}
      width={width}
      height={rowHeight}
      aria-hidden="true"
      data-path={(row.kind === "process" && row.onPath) || undefined}
    >
      {lines.slice(0, -1).map((goesOn, level) =>
        goesOn ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a level is its own identity.
          <path key={level} d={`M${level * indent + indent / 2} 0V${rowHeight}`} />
        ) : null,
      )}
      <path d={`M${x} 0V${row.position < row.siblings ? rowHeight : middle}`} />
      <path
        d={
          certainty === "ambiguous"
            ? `M${x} ${middle}L${width} ${middle - 5}M${x} ${middle}L${width} ${middle + 5}`
            : `M${x} ${middle}H${width}`
        }
        data-certainty={certainty}
      />
    </svg>
  );
}

function RowText({ row }: { readonly row: Row }) {
  if (row.kind === "more") {
    return (
      <span className={classes.more} title={row.why}>
        {row.hidden.toLocaleString("en")} more {row.hidden === 1 ? "child" : "children"} of{" "}
        {row.total.toLocaleString("en")}: load
      </span>
    );
  }
  if (row.kind === "group") {
    return (
      <span className={classes.group}>
        <IconStack2 size={13} aria-hidden />
        <span>
          + {row.members.length} × <VisibleText text={row.name} />
        </span>
        <code className={classes.tail}>
          <VisibleText text={row.shape} />
        </code>
      </span>
    );
  }
  return <ProcessText row={row} />;
}

function ProcessText({ row }: { readonly row: ProcessRow }) {
  const { node } = row;
  const tail = commandTail(node);
  const hot = node.alerts.filter((alert) => !alert.buildingBlock);
  return (
    <span
      className={classes.process}
      title={row.depth > 0 && node.parent ? certaintyWords[node.parent.certainty] : node.parentUnknown}
    >
      {node.placeholder && <IconCircleDashed size={13} aria-hidden className={classes.ghost} />}
      <span className={classes.name}>
        <VisibleText text={processName(node)} />
      </span>
      {node.pid !== undefined && <span className={classes.pid}>{node.pid}</span>}
      {hot.length > 0 && (
        <span
          className={classes.alert}
          data-severity={
            hot.some((alert) => alert.severity === "critical" || alert.severity === "high") ? "high" : "medium"
          }
          title={hot.map((alert) => `${alert.severity}: ${alert.ruleName}`).join("\n")}
        >
          <IconAlertHexagonFilled size={13} aria-hidden />
          {hot.length}
          <span className={classes.hidden}> {hot.length === 1 ? "alert" : "alerts"}</span>
        </span>
      )}
      {row.userChanged && node.user !== undefined && (
        <span className={classes.user} title={accountName(node.user)}>
          <VisibleText text={node.user.name} />
        </span>
      )}
      {node.placeholder ? (
        <span className={classes.note}>start not recorded</span>
      ) : row.depth === 0 && node.parentUnknown !== undefined ? (
        <span className={classes.note}>parent not recorded</span>
      ) : null}
      {tail !== "" && (
        <code className={classes.tail}>
          <VisibleText text={tail.slice(0, 300)} />
        </code>
      )}
    </span>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

function Lifetime({ row, ruler }: { readonly row: Row; readonly ruler: Ruler }) {
  if (row.kind === "more") {
    return null;
  }
  const nodes = row.kind === "process" ? [row.node] : row.members;
  return nodes.map((node) => {
    const bar = barOf(node, ruler);
    if (bar === undefined) {
      return null;
    }
    const life =
      node.start === undefined
        ? `ended ${node.end}`
        : `${node.start} → ${node.end ?? "no end recorded"}${node.end === undefined ? "" : ` (${duration(Date.parse(node.end) - Date.parse(node.start))})`}`;
    return (
      <span
        key={node.key}
        className={classes.bar}
        title={life}
        data-before={bar.before || undefined}
        data-open={bar.openEnd || undefined}
        data-group={row.kind === "group" || undefined}
        style={{ left: percent(bar.left), width: `max(3px, ${percent(bar.width)})` }}
      />
    );
  });
}
