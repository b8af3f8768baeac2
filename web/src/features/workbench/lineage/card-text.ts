import type { LogonSession } from "#contracts/lineage";
import { visibleString } from "../../../ui/visible-text.ts";
import type { Card } from "./layout.ts";
import type { Block } from "./picture.ts";
import { accountName, commandTail, processName, queuedAlerts, sessionOrigin, warmth } from "./words.ts";

/** What stands on cards of the graph, one string per line. Log values are cut and made visible, never markup. */

const lineLength = 31;
/** The card of a session ends in an arrow. */
const tagLength = 26;

/** A text as it fits on a card, with what is invisible or reorders made visible. */
export function short(text: string, length = lineLength): string {
  const seen = visibleString(text.slice(0, 4 * length));
  return seen.length > length ? `${seen.slice(0, length - 1)}…` : seen;
}

export function linesOf(card: Card): readonly string[] {
  const { row, session } = card;
  if (session !== undefined) {
    return sessionLines(session);
  }
  switch (row?.kind) {
    case "process": {
      const name = `${processName(row.node)}${row.node.pid === undefined ? "" : `  ${row.node.pid}`}`;
      const tail = row.node.placeholder ? "start not recorded" : commandTail(row.node);
      return tail === "" ? [short(name)] : [short(name), short(tail)];
    }
    case "group":
      return [
        `+ ${row.total.toLocaleString("en")} × ${short(row.name, 22)}`,
        row.open ? "folded out" : "same command shape",
      ];
    case "more":
      return [`${row.hidden.toLocaleString("en")} more of ${row.total.toLocaleString("en")}`, "load"];
    default:
      return [short(card.label ?? "")];
  }
}

function sessionLines(session: LogonSession): readonly string[] {
  const who = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
  const from = sessionOrigin(session);
  const how = [session.logonTypeName, from === undefined ? undefined : `from ${from}`];
  const summary = how.filter((part) => part !== undefined).join(", ");
  return [short(who, tagLength), short(summary === "" ? `session ${session.logonId}` : summary, tagLength)];
}

export function blockText({ processes, alerts }: Block): string {
  const count = `${processes.toLocaleString("en")} ${processes === 1 ? "process" : "processes"}`;
  return alerts === 0 ? count : `${count}, ${alerts} ${alerts === 1 ? "alert" : "alerts"}`;
}

/** How hot a card is: by the most severe alert on its process. */
export function severityOf(card: Card): "medium" | "high" | undefined {
  if (card.row?.kind !== "process") {
    return undefined;
  }
  const queued = queuedAlerts(card.row.node.alerts);
  return queued.length === 0 ? undefined : warmth(queued);
}
