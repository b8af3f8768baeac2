import { IconChevronDown, IconChevronRight, IconLoader2 } from "@tabler/icons-react";
import { lifetime } from "../lifetime.ts";
import { isExpanded, isLeaf, type Row } from "../rows.ts";
import type { PrevalenceMarks } from "../use-prevalence.ts";
import { type EventLists, RowText } from "./row-text.tsx";
import { lifetimeBar, type Ruler } from "./ruler.ts";
import classes from "./tree-view.module.css";

/** Pixels. */
export const rowHeight = 28;
const indent = 16;

/** Id of the element of a row, for `aria-activedescendant`. */
export const treeRowId = (index: number): string => `lineage-${index}`;

export function TreeRow({
  row,
  index,
  top,
  guides,
  ruler,
  prevalence,
  selected,
  loading,
  events,
  select,
  toggle,
}: {
  readonly row: Row;
  readonly index: number;
  /** Pixels from the top of the list. */
  readonly top: number;
  /** For each level to the left, whether its line continues below the row. */
  readonly guides: readonly boolean[];
  readonly ruler: Ruler | undefined;
  readonly prevalence: PrevalenceMarks;
  readonly selected: boolean;
  readonly loading: boolean;
  readonly events: EventLists;
  readonly select: (id: string) => void;
  readonly toggle: (row: Row) => void;
}) {
  const expandable = row.kind === "group" || (row.kind === "process" && !isLeaf(row));
  const process = row.kind === "process" ? row : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the tree, which has the focus.
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus and names the active row.
    <div
      id={treeRowId(index)}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={expandable ? isExpanded(row) : undefined}
      aria-selected={selected}
      className={classes.row}
      data-path={process?.onPath || undefined}
      data-focus={process?.isFocus || undefined}
      data-placeholder={process?.node.placeholder || undefined}
      data-kind={row.kind}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => (process === undefined && row.kind !== "event" ? toggle(row) : select(row.id))}
      onDoubleClick={() => process !== undefined && toggle(row)}
    >
      <div className={classes.left}>
        <Guides row={row} lines={guides} />
        <button
          type="button"
          tabIndex={-1}
          aria-hidden
          className={classes.chevron}
          data-empty={!expandable || undefined}
          onClick={(event) => {
            event.stopPropagation();
            toggle(row);
          }}
        >
          {loading ? (
            <IconLoader2 size={13} className={classes.spin} />
          ) : expandable ? (
            <Chevron open={isExpanded(row)} />
          ) : null}
        </button>
        <RowText row={row} prevalence={prevalence} events={events} />
      </div>
      <div className={classes.right}>{ruler !== undefined && <LifetimeBar row={row} ruler={ruler} />}</div>
    </div>
  );
}

const Chevron = ({ open }: { readonly open: boolean }) =>
  open ? <IconChevronDown size={13} /> : <IconChevronRight size={13} />;

/** The lines from a row to its parent and past it; the line to an ambiguous parent is forked. */
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
      {lines.slice(0, -1).map((continues, level) =>
        continues ? (
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

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

/** A point in time on the ruler; nothing when it is outside. */
function Instant({ time, ruler }: { readonly time: number; readonly ruler: Ruler }) {
  return time < ruler.from || time > ruler.to ? null : (
    <span
      className={classes.instant}
      title={new Date(time).toISOString()}
      style={{ left: percent((time - ruler.from) / (ruler.to - ruler.from)) }}
    />
  );
}

/** The lifetimes of the processes of a row on the ruler. */
function LifetimeBar({ row, ruler }: { readonly row: Row; readonly ruler: Ruler }) {
  if (row.kind === "more" || row.kind === "logon" || row.kind === "event") {
    const time = row.kind === "logon" ? row.link.time : row.kind === "event" ? row.event?.time : undefined;
    return time === undefined ? null : <Instant time={Date.parse(time)} ruler={ruler} />;
  }
  const nodes = row.kind === "process" ? [row.node] : row.members;
  return nodes.map((node) => {
    const bar = lifetimeBar(node, ruler);
    if (bar === undefined) {
      return null;
    }
    const life =
      node.start === undefined
        ? `ended ${node.end}`
        : `${node.start} → ${node.end ?? "no end record"}${node.end === undefined ? "" : ` (${lifetime(node.start, node.end)})`}`;
    const twoTimes = node.startBySourceClock === undefined ? "" : `; by Sysmon's own clock ${node.startBySourceClock}`;
    return (
      <span
        key={node.key}
        className={classes.bar}
        title={`${life}${twoTimes}`}
        data-before={bar.before || undefined}
        data-open={bar.openEnd || undefined}
        data-group={row.kind === "group" || undefined}
        style={{ left: percent(bar.left), width: `max(3px, ${percent(bar.width)})` }}
      />
    );
  });
}
