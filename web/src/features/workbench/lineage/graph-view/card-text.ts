import type { LogonSession } from "#contracts/lineage";
import { visibleString } from "../../../../ui/visible-text.ts";
import { accountName, commandArguments, processName, queuedAlerts, sessionOrigin, severityTone } from "../labels.ts";
import { kindLabels } from "../timeline-view/kinds.ts";
import type { Card, ChainFrame } from "./cards.ts";
import type { Block } from "./viewport.ts";

/**
 * Texts of the graph: what a card says with much and with little space. Values from logs are made visible and never
 * markup; `labels.ts` shortens them to the space there is.
 */
export interface CardText {
  /** At most two lines. */
  readonly lines: readonly string[];
  /** For one line, from long to short; the last one may be shortened. */
  readonly brief: readonly string[];
}

/** Longer values are cut before they are measured: no card shows more. */
const maxLength = 400;
const shown = (text: string) => visibleString(text.slice(0, maxLength));
const counted = (count: number, one: string, several = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : several}`;

/** What every second card says is said least. Not of `invoice.pdf.exe`, which would look like another kind of file. */
const withoutExe = (name: string) => name.replace(/^([^.]+)\.exe$/i, "$1");

export function cardText(card: Card): CardText {
  const { row, session } = card;
  if (session !== undefined) {
    return sessionText(session);
  }
  switch (row?.kind) {
    case "process": {
      const name = shown(processName(row.node));
      const pid = row.node.pid === undefined ? [] : [`${name}  ${row.node.pid}`];
      const tail = row.node.placeholder ? "start not recorded" : shown(commandArguments(row.node));
      return { lines: [pid[0] ?? name, tail].filter((line) => line !== ""), brief: [...pid, name, withoutExe(name)] };
    }
    case "chain": {
      const names = row.members.map(({ node }) => shown(processName(node))).join(" → ");
      const count = counted(row.members.length, "process", "processes");
      const { length } = row.members;
      return { lines: [count, names], brief: [`${length}: ${names}`, count, `${length} hidden`] };
    }
    case "group": {
      const name = `+ ${row.total.toLocaleString("en")} × ${shown(row.name)}`;
      return { lines: [name, row.open ? "expanded" : "same command-line template"], brief: [name] };
    }
    case "more": {
      const hidden = row.hidden.toLocaleString("en");
      return {
        lines: [`${hidden} more of ${row.total.toLocaleString("en")}`, "load more"],
        brief: [`${hidden} more`, `+${hidden}`],
      };
    }
    case "event": {
      if (row.event === undefined) {
        return { lines: [shown(row.note ?? "")], brief: [shown(row.note ?? "")] };
      }
      const kind = kindLabels[row.event.kind].label;
      return { lines: [kind, shown(row.event.summary)], brief: [kind] };
    }
    default:
      return { lines: [shown(card.label ?? "")], brief: [shown(card.label ?? "")] };
  }
}

function sessionText(session: LogonSession): CardText {
  const name = shown(session.user === undefined ? `session ${session.logonId}` : accountName(session.user));
  const from = sessionOrigin(session);
  const how = [session.logonTypeName, from === undefined ? undefined : `from ${from}`];
  const summary = how.filter((part) => part !== undefined).join(", ");
  const own = session.user === undefined ? name : shown(session.user.name);
  return { lines: [name, shown(summary === "" ? `session ${session.logonId}` : summary)], brief: [name, own] };
}

/** Everything that a card stands for, for those who cannot see it and on hover. */
export function wholeText(card: Card): string {
  const { row, session } = card;
  if (row?.kind === "process") {
    const { node } = row;
    const alerts = queuedAlerts(node.alerts).map(({ ruleName }) => ruleName);
    const name = `${processName(node)}${node.pid === undefined ? "" : ` ${node.pid}`}`;
    const parts = [`${name} on ${node.host}`, node.placeholder ? "start not recorded" : node.commandLine, ...alerts];
    return visibleString(parts.filter((part) => part !== undefined).join("\n"));
  }
  if (row?.kind === "chain") {
    const names = row.members.map(({ node }) => `${processName(node)} ${node.pid ?? ""} ${node.commandLine ?? ""}`);
    return visibleString(
      [`${counted(row.members.length, "process", "processes")}: open to see each`, ...names].join("\n"),
    );
  }
  return (session === undefined ? cardText(card) : sessionText(session)).lines.join("\n");
}

export const blockText = ({ processes, alerts }: Block): readonly string[] => {
  const count = processes.toLocaleString("en");
  return alerts === 0
    ? [counted(processes, "process", "processes"), count]
    : [
        `${counted(processes, "process", "processes")}, ${counted(alerts, "alert")}`,
        `${count} · ${counted(alerts, "alert")}`,
        counted(alerts, "alert"),
      ];
};

export const closeChainText = ({ processes }: ChainFrame): string =>
  `Show these ${processes.toLocaleString("en")} processes as one`;

/** The colour of a card by the most severe alert on its process. */
export function cardTone(card: Card): "medium" | "high" | undefined {
  if (card.row?.kind !== "process") {
    return undefined;
  }
  const queued = queuedAlerts(card.row.node.alerts);
  return queued.length === 0 ? undefined : severityTone(queued);
}
