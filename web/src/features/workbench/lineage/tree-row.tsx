import { IconCircleDashed, IconLogin2, IconStack2 } from "@tabler/icons-react";
import type { Prevalence } from "#contracts/related-processes";
import { VisibleText } from "../../../ui/command-line.tsx";
import { AlertCount } from "./alert-count.tsx";
import { lifetime } from "./lifetime.ts";
import type { LogonRow, ProcessRow, Row } from "./rows.ts";
import { barOf, type Ruler } from "./ruler.ts";
import classes from "./tree-view.module.css";
import type { Rarities } from "./use-prevalence.ts";
import { groupId, groupOf } from "./view-state.ts";
import {
  accountName,
  certaintyWords,
  commandTail,
  linkWords,
  prevalenceWords,
  processName,
  shortHost,
} from "./words.ts";

/** Pixels. */
export const rowHeight = 28;
const indent = 16;

/** The lines from a row to its parent and past it; an ambiguous edge is forked. */
export function Guides({ row, lines }: { readonly row: Row; readonly lines: readonly boolean[] }) {
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

/** What a row says: a process, a group of alike ones, a logon to another host, or that more can be loaded. */
export function RowText({ row, rarities }: { readonly row: Row; readonly rarities: Rarities }) {
  if (row.kind === "more") {
    return (
      <span className={classes.more} title={row.why}>
        {row.hidden.toLocaleString("en")} more{" "}
        {groupOf(row.parentId) !== undefined ? "alike" : row.hidden === 1 ? "child" : "children"} of{" "}
        {row.total.toLocaleString("en")}: load
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
        <RarityMark rarity={rarities.of.get(row.id)} />
        <code className={classes.tail}>
          <VisibleText text={row.shape} />
        </code>
      </span>
    );
  }
  if (row.kind === "logon") {
    return <LogonText row={row} />;
  }
  return <ProcessText row={row} rarities={rarities} />;
}

/** The way to another host. */
function LogonText({ row }: { readonly row: LogonRow }) {
  const { link } = row;
  return (
    <span className={classes.logon} title={`logon to ${link.to.host}: ${link.why} (${linkWords[link.certainty]})`}>
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
        {row.target === undefined ? "go there" : "what it caused"}
      </span>
    </span>
  );
}

function RarityMark({ rarity }: { readonly rarity: Prevalence | undefined }) {
  return rarity === undefined || rarity === "common" || rarity === "unknown" ? null : (
    <span className={classes.rarity} data-rarity={rarity} title="beside other runs of the parent's image">
      {prevalenceWords[rarity]}
    </span>
  );
}

function ProcessText({ row, rarities }: { readonly row: ProcessRow; readonly rarities: Rarities }) {
  const { node } = row;
  const tail = commandTail(node);
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
      <AlertCount alerts={node.alerts} />
      <RarityMark rarity={node.parent && rarities.of.get(groupId(node.parent.key, node.childGroup))} />
      {row.hostChanged && (
        <span className={classes.host} title={`host ${node.host}`}>
          <VisibleText text={shortHost(node.host)} />
        </span>
      )}
      {row.cameBy !== undefined && (
        <span
          className={classes.came}
          title={`from ${row.cameBy.from.host}: ${row.cameBy.why} (${linkWords[row.cameBy.certainty]})`}
        >
          <IconLogin2 size={12} aria-hidden />
          from <VisibleText text={shortHost(row.cameBy.from.host)} />
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
      {tail !== "" && (
        <code className={classes.tail}>
          <VisibleText text={tail.slice(0, 300)} />
        </code>
      )}
    </span>
  );
}

const percent = (share: number) => `${(share * 100).toFixed(2)}%`;

/** A moment on the ruler; nothing where it lies outside. */
function Instant({ time, ruler }: { readonly time: number; readonly ruler: Ruler }) {
  return time < ruler.from || time > ruler.to ? null : (
    <span
      className={classes.instant}
      title={new Date(time).toISOString()}
      style={{ left: percent((time - ruler.from) / (ruler.to - ruler.from)) }}
    />
  );
}

/** From start to end of a row's processes, on the ruler. */
export function Lifetime({ row, ruler }: { readonly row: Row; readonly ruler: Ruler }) {
  if (row.kind === "more" || row.kind === "logon") {
    return row.kind === "logon" ? <Instant time={Date.parse(row.link.time)} ruler={ruler} /> : null;
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
        : `${node.start} → ${node.end ?? "no end recorded"}${node.end === undefined ? "" : ` (${lifetime(node.start, node.end)})`}`;
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
