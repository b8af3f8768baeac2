import type { LogonSession } from "#contracts/lineage";
import { visibleString } from "../../../../ui/visible-text.ts";
import { accountName, commandArguments, processName, queuedAlerts, sessionOrigin, severityTone } from "../labels.ts";
import { kindLabels } from "../timeline-view/kinds.ts";
import type { Card } from "./cards.ts";
import type { Block } from "./viewport.ts";

/**
 * Texts on the cards of the graph, one string per line. Values from logs are truncated and made visible; never markup.
 */

const lineLength = 31;
/** The card of a session has an arrow at its right edge. */
const tagLength = 26;

/** A text truncated to the width of a card, with invisible and reordering characters made visible. */
export function shortText(text: string, length = lineLength): string {
  const visible = visibleString(text.slice(0, 4 * length));
  return visible.length > length ? `${visible.slice(0, length - 1)}…` : visible;
}

export function cardLines(card: Card): readonly string[] {
  const { row, session } = card;
  if (session !== undefined) {
    return sessionLines(session);
  }
  switch (row?.kind) {
    case "process": {
      const name = `${processName(row.node)}${row.node.pid === undefined ? "" : `  ${row.node.pid}`}`;
      const tail = row.node.placeholder ? "start not recorded" : commandArguments(row.node);
      return tail === "" ? [shortText(name)] : [shortText(name), shortText(tail)];
    }
    case "group":
      return [
        `+ ${row.total.toLocaleString("en")} × ${shortText(row.name, 22)}`,
        row.open ? "expanded" : "same command-line template",
      ];
    case "more":
      return [`${row.hidden.toLocaleString("en")} more of ${row.total.toLocaleString("en")}`, "load more"];
    case "event":
      return row.event === undefined
        ? [shortText(row.note ?? "")]
        : [kindLabels[row.event.kind].label, shortText(row.event.summary)];
    default:
      return [shortText(card.label ?? "")];
  }
}

function sessionLines(session: LogonSession): readonly string[] {
  const name = session.user === undefined ? `session ${session.logonId}` : accountName(session.user);
  const from = sessionOrigin(session);
  const how = [session.logonTypeName, from === undefined ? undefined : `from ${from}`];
  const summary = how.filter((part) => part !== undefined).join(", ");
  return [shortText(name, tagLength), shortText(summary === "" ? `session ${session.logonId}` : summary, tagLength)];
}

export function blockText({ processes, alerts }: Block): string {
  const count = `${processes.toLocaleString("en")} ${processes === 1 ? "process" : "processes"}`;
  return alerts === 0 ? count : `${count}, ${alerts} ${alerts === 1 ? "alert" : "alerts"}`;
}

/** The colour of a card by the most severe alert on its process. */
export function cardTone(card: Card): "medium" | "high" | undefined {
  if (card.row?.kind !== "process") {
    return undefined;
  }
  const queued = queuedAlerts(card.row.node.alerts);
  return queued.length === 0 ? undefined : severityTone(queued);
}
