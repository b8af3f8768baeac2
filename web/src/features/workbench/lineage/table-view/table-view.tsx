import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ProcessNode } from "#contracts/lineage";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { absoluteTime, type TimeZoneMode, useTimeZone } from "../../../../ui/time.tsx";
import { AlertCount } from "../alert-count.tsx";
import { accountName, activityCounts, processName, queuedAlerts } from "../labels.ts";
import { useRows } from "../use-rows.ts";
import type { LineageViewProps } from "../views.tsx";
import classes from "./table-view.module.css";

const columns = [
  { id: "start", title: "Start", of: (node: ProcessNode) => node.start ?? "" },
  { id: "process", title: "Process", of: (node: ProcessNode) => processName(node).toLowerCase() },
  { id: "pid", title: "PID", of: (node: ProcessNode) => String(node.pid ?? "").padStart(10, "0") },
  { id: "user", title: "User", of: (node: ProcessNode) => (node.user === undefined ? "" : accountName(node.user)) },
  {
    id: "alerts",
    title: "Alerts",
    of: (node: ProcessNode) => String(9999 - queuedAlerts(node.alerts).length).padStart(4, "0"),
  },
  { id: "command", title: "Command line", of: (node: ProcessNode) => node.commandLine ?? "" },
] as const;

interface Order {
  readonly by: (typeof columns)[number]["id"];
  readonly down: boolean;
}

/** The loaded processes as a sortable table. */
export function TableView({ lineage, selected, select }: LineageViewProps) {
  const scroller = useRef<HTMLTableSectionElement>(null);
  const [order, setOrder] = useState<Order>({ by: "start", down: false });
  const nodes = useMemo(() => {
    const column = columns.find((other) => other.id === order.by) ?? columns[0];
    const sorted = [...lineage.nodes].sort(
      (a, b) => column.of(a).localeCompare(column.of(b)) || a.key.localeCompare(b.key),
    );
    return order.down ? sorted.reverse() : sorted;
  }, [lineage.nodes, order]);
  const { mode } = useTimeZone();
  const focus = lineage.graph?.nodes.get(lineage.graph.focus)?.start;
  const day = focus === undefined ? undefined : absoluteTime(focus, mode).slice(0, 10);
  const at = nodes.findIndex((node) => node.key === selected);
  const { virtual, items } = useRows({ count: nodes.length, height: 28, active: at, scroller });
  useEffect(() => {
    if (at !== -1) {
      virtual.scrollToIndex(at, { align: "auto" });
    }
  }, [at, virtual]);
  return (
    <div className={classes.frame}>
      <table
        className={classes.table}
        aria-label="Processes of the lineage"
        aria-rowcount={nodes.length + 1}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the selection of the whole table.
        tabIndex={0}
        onKeyDown={(event) => {
          const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          const next = nodes[at + by];
          if (by !== 0 && next !== undefined) {
            event.preventDefault();
            select(next.key);
          }
        }}
      >
        <Head order={order} setOrder={setOrder} />
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
        <tbody ref={scroller} tabIndex={0} className={classes.scroller} style={totalHeight(virtual.getTotalSize())}>
          {items.map((item) => {
            const node = nodes[item.index];
            return (
              node !== undefined && (
                <tr
                  key={node.key}
                  aria-rowindex={item.index + 2}
                  aria-current={item.index === at || undefined}
                  className={`${classes.grid} ${classes.row}`}
                  style={{ transform: `translateY(${item.start}px)` }}
                  onClick={() => select(node.key)}
                >
                  <Cells node={node} day={day} mode={mode} />
                </tr>
              )
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Head({ order, setOrder }: { readonly order: Order; readonly setOrder: (order: Order) => void }) {
  return (
    <thead className={classes.head}>
      <tr className={classes.grid}>
        {columns.map((column) => (
          <th
            key={column.id}
            scope="col"
            aria-sort={order.by === column.id ? (order.down ? "descending" : "ascending") : "none"}
          >
            <button
              type="button"
              onClick={() => setOrder({ by: column.id, down: order.by === column.id && !order.down })}
            >
              {column.title}
              {order.by === column.id &&
                (order.down ? <IconArrowDown size={12} aria-hidden /> : <IconArrowUp size={12} aria-hidden />)}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** The height of all rows, including those outside the viewport. */
const totalHeight = (height: number): React.CSSProperties & Record<"--total", string> => ({ "--total": `${height}px` });

/** The time of day, or day and minute on another day than that of the focus. */
function shortTime(iso: string, day: string | undefined, mode: TimeZoneMode): string {
  const text = absoluteTime(iso, mode, "millisecond");
  return day !== undefined && text.startsWith(day) ? text.slice(11) : text.slice(5, 16);
}

function Cells({
  node,
  day,
  mode,
}: {
  readonly node: ProcessNode;
  readonly day: string | undefined;
  readonly mode: TimeZoneMode;
}) {
  const active = activityCounts(node.activity).filter(({ count }) => count > 0);
  return (
    <>
      <td>
        {node.start === undefined ? (
          <span className={classes.none}>not recorded</span>
        ) : (
          <span title={node.start}>{shortTime(node.start, day, mode)}</span>
        )}
      </td>
      <td className={classes.name} data-placeholder={node.placeholder || undefined}>
        <VisibleText text={processName(node)} />
      </td>
      <td>{node.pid ?? ""}</td>
      <td>{node.user === undefined ? "" : <VisibleText text={accountName(node.user)} />}</td>
      <td>
        <AlertCount alerts={node.alerts} />
      </td>
      <td
        title={`${node.commandLine ?? ""}\n${active.map(({ label, count }) => `${count.toLocaleString("en")} ${label}`).join(" · ")}`}
      >
        <code>
          <VisibleText text={(node.commandLine ?? "").slice(0, 400)} />
        </code>
      </td>
    </>
  );
}
