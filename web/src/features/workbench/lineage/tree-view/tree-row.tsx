import {
  IconChevronDown,
  IconChevronRight,
  IconCircleDashed,
  IconLoader2,
  IconLogin2,
  IconStack2,
} from "@tabler/icons-react";
import type { Prevalence } from "#contracts/related-processes";
import { VisibleText } from "../../../../ui/command-line.tsx";
import { AlertCount } from "../alert-count.tsx";
import {
  accountName,
  certaintyLabels,
  commandArguments,
  linkCertaintyLabels,
  prevalenceLabels,
  processName,
  shortHost,
} from "../labels.ts";
import { lifetime } from "../lifetime.ts";
import { isExpanded, isLeaf, type LogonRow, type ProcessRow, type Row } from "../rows.ts";
import type { PrevalenceMarks } from "../use-prevalence.ts";
import { groupId, parseGroupId } from "../view-state.ts";
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
      onClick={() => (process === undefined ? toggle(row) : select(row.id))}
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
        <RowText row={row} prevalence={prevalence} />
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

function RowText({ row, prevalence }: { readonly row: Row; readonly prevalence: PrevalenceMarks }) {
  if (row.kind === "more") {
    return (
      <span className={classes.more} title={row.why}>
        {row.hidden.toLocaleString("en")} of {row.total.toLocaleString("en")}{" "}
        {parseGroupId(row.parentId) === undefined ? "children" : "similar processes"} not loaded: load more
      </span>
    );
  }
  if (row.kind === "group") {
    return (
      <span className={classes.group}>
        <IconStack2 size={13} aria-hidden />
        <span>
          + {row.total.toLocaleString("en")} × <VisibleText text={row.name} />
        </span>
        <PrevalenceMark prevalence={prevalence.byGroup.get(row.id)} />
        <code className={classes.arguments}>
          <VisibleText text={row.commandTemplate} />
        </code>
      </span>
    );
  }
  if (row.kind === "logon") {
    return <LogonText row={row} />;
  }
  return <ProcessText row={row} prevalence={prevalence} />;
}

/** A logon to another host. */
function LogonText({ row }: { readonly row: LogonRow }) {
  const { link } = row;
  return (
    <span
      className={classes.logon}
      title={`logon to ${link.to.host}: ${link.why} (${linkCertaintyLabels[link.certainty]})`}
    >
      <IconLogin2 size={13} aria-hidden />
      <span>
        logon to <VisibleText text={shortHost(link.to.host)} />
      </span>
      {link.user !== undefined && (
        <span className={classes.user}>
          <VisibleText text={link.user.name} />
        </span>
      )}
      <span className={classes.note}>
        {link.certainty === "exact" ? "" : `${link.certainty}, `}
        {row.target === undefined ? "load its first process" : "show its first process"}
      </span>
    </span>
  );
}

function PrevalenceMark({ prevalence }: { readonly prevalence: Prevalence | undefined }) {
  return prevalence === undefined || prevalence === "common" || prevalence === "unknown" ? null : (
    <span
      className={classes.prevalence}
      data-prevalence={prevalence}
      title="Compared with other runs of the parent's image"
    >
      {prevalenceLabels[prevalence]}
    </span>
  );
}

function ProcessText({ row, prevalence }: { readonly row: ProcessRow; readonly prevalence: PrevalenceMarks }) {
  const { node } = row;
  const args = commandArguments(node);
  return (
    <span
      className={classes.process}
      title={row.depth > 0 && node.parent ? certaintyLabels[node.parent.certainty] : node.parentUnknown}
    >
      {node.placeholder && <IconCircleDashed size={13} aria-hidden className={classes.ghost} />}
      <span className={classes.name}>
        <VisibleText text={processName(node)} />
      </span>
      {node.pid !== undefined && <span className={classes.pid}>{node.pid}</span>}
      <AlertCount alerts={node.alerts} />
      <PrevalenceMark prevalence={node.parent && prevalence.byGroup.get(groupId(node.parent.key, node.childGroup))} />
      {row.hostChanged && (
        <span className={classes.host} title={`host ${node.host}`}>
          <VisibleText text={shortHost(node.host)} />
        </span>
      )}
      {row.originLink !== undefined && (
        <span
          className={classes.origin}
          title={`from ${row.originLink.from.host}: ${row.originLink.why} (${linkCertaintyLabels[row.originLink.certainty]})`}
        >
          <IconLogin2 size={12} aria-hidden />
          from <VisibleText text={shortHost(row.originLink.from.host)} />
        </span>
      )}
      {node.parent?.certainty === "ambiguous" && (
        <span className={classes.fork} title={node.parent.why}>
          {node.parent.chosen === undefined ? "parent ambiguous" : `parent chosen by ${node.parent.chosen.by}`}
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
      {args !== "" && (
        <code className={classes.arguments}>
          <VisibleText text={args.slice(0, 300)} />
        </code>
      )}
    </span>
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
  if (row.kind === "more" || row.kind === "logon") {
    return row.kind === "logon" ? <Instant time={Date.parse(row.link.time)} ruler={ruler} /> : null;
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
