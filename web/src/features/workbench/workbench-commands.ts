import type { AlertStatus } from "#contracts/alert";
import type { Evidence } from "#contracts/playbook";
import { RequestError, request } from "../../api/client.ts";
import type { Command } from "../../keyboard/commands.tsx";
import { answerWord } from "../../ui/answer-mark.tsx";
import { copyText } from "../../ui/copy.ts";
import type { AlertActions } from "./actions/use-actions.ts";
import { moveIn } from "./lineage/rows.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { lineageViewEntries, type View } from "./lineage/views.tsx";
import { processName } from "./lineage/words.ts";
import { answerKeys } from "./playbook/answer-form.tsx";
import type { Playbook } from "./playbook/use-playbook.ts";

/** Everything the workbench can do by key: palette, help and key handling read this list. */
export function workbenchCommands(on: {
  readonly alertId: string;
  readonly status: AlertStatus;
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
  readonly setView: (view: View) => void;
  readonly book: Playbook;
  readonly actions: AlertActions;
  readonly toggleDetails: () => void;
  readonly offered: { readonly current: Evidence | undefined };
  readonly navigate: (path: string) => void;
}): readonly Command[] {
  const { lineage, book, actions, selected } = on;
  const rows = lineage.rows;
  const move = (to: "up" | "down") => {
    let next = moveIn(rows, selected, to);
    // Folds and "more" rows are no processes: `j k` go from process to process.
    while (next !== undefined && next.kind !== "process") {
      const beyond = moveIn(rows, next.id, to);
      next = beyond?.id === next.id ? undefined : beyond;
    }
    if (next !== undefined) {
      on.select(next.id);
    }
  };
  const pin = () => {
    const node = selected === undefined ? undefined : lineage.graph?.nodes.get(selected);
    const process: Evidence | undefined =
      node === undefined
        ? undefined
        : {
            kind: "process",
            id: node.key.slice(0, 500),
            label: `${processName(node)} ${node.pid ?? ""} ${node.commandLine ?? ""}`.trim().slice(0, 2000),
          };
    const evidence = on.offered.current ?? process;
    if (evidence !== undefined) {
      book.pin(evidence);
    }
  };
  const closed = on.status === "closed";
  const closedReason = closed ? "The alert is closed: reopen it first" : undefined;
  return [
    ...lineageViewEntries.map(
      ([view, { title, key }]): Command => ({
        id: `workbench-${view}`,
        title: `Show the ${title.toLowerCase()}`,
        group: "Lineage",
        keys: [key],
        run: () => on.setView(view),
      }),
    ),
    { id: "workbench-down", title: "Next process", group: "Lineage", keys: ["j"], run: () => move("down") },
    { id: "workbench-up", title: "Previous process", group: "Lineage", keys: ["k"], run: () => move("up") },
    {
      id: "workbench-toggle",
      title: "Open or close the selected process",
      group: "Lineage",
      keys: ["o"],
      run: () => {
        const row = rows.find((other) => other.id === selected);
        if (row !== undefined) {
          lineage.toggle(row);
        }
      },
    },
    {
      id: "workbench-copy",
      title: "Copy the command line",
      group: "Lineage",
      keys: ["y"],
      run: () => {
        const text = selected === undefined ? undefined : lineage.graph?.nodes.get(selected)?.commandLine;
        if (text !== undefined) {
          void copyText(text);
        }
      },
    },
    {
      id: "workbench-undo",
      title: "Undo the last change of the view",
      group: "Lineage",
      keys: ["z"],
      run: lineage.undo,
      disabled: lineage.canUndo ? undefined : "Nothing to undo",
    },
    {
      id: "workbench-details",
      title: "Show or hide the details",
      group: "Lineage",
      keys: ["d"],
      run: on.toggleDetails,
    },
    { id: "workbench-step-before", title: "Previous step", group: "Playbook", keys: ["["], run: () => book.move(-1) },
    { id: "workbench-step-after", title: "Next step", group: "Playbook", keys: ["]"], run: () => book.move(1) },
    ...answerKeys.map(
      ([key, value]): Command => ({
        id: `workbench-answer-${value}`,
        title: `Answer: ${answerWord(value)}`,
        group: "Playbook",
        keys: [key],
        run: () => void book.save(value),
      }),
    ),
    { id: "workbench-pin", title: "Pin the row or the selection", group: "Playbook", keys: ["p"], run: pin },
    {
      id: "workbench-acknowledge",
      title: "Acknowledge",
      group: "Alert",
      keys: ["a"],
      run: actions.acknowledge,
      disabled: on.status === "open" ? undefined : `The alert is ${on.status}`,
    },
    {
      id: "workbench-close",
      title: "Close…",
      group: "Alert",
      keys: ["c"],
      run: actions.openClose,
      disabled: closedReason,
    },
    {
      id: "workbench-escalate",
      title: "Escalate…",
      group: "Alert",
      keys: ["s"],
      run: actions.openEscalate,
      disabled: closedReason ?? (on.status === "escalated" ? "The alert is escalated already" : undefined),
    },
    { id: "workbench-exception", title: "Exception…", group: "Alert", keys: ["e"], run: actions.openException },
    {
      id: "workbench-reopen",
      title: "Reopen",
      group: "Alert",
      run: actions.reopen,
      disabled: closed ? undefined : "The alert is not closed",
    },
    {
      id: "workbench-item",
      title: "Work item: all its alerts and one history",
      group: "Alert",
      keys: ["i"],
      run: actions.openItem,
    },
    { id: "workbench-history", title: "History of the alert", group: "Alert", run: actions.openHistory },
    {
      id: "workbench-alert-before",
      title: "Previous alert of the queue",
      group: "Alert",
      keys: ["{"],
      run: () => void neighbour(on.alertId, -1, on.navigate),
    },
    {
      id: "workbench-alert-after",
      title: "Next alert of the queue",
      group: "Alert",
      keys: ["}"],
      run: () => void neighbour(on.alertId, 1, on.navigate),
    },
  ];
}

/** Goes to the alert before or after this one in the open queue; at its end, and when it cannot be read, it stays. */
async function neighbour(alertId: string, by: 1 | -1, navigate: (path: string) => void): Promise<void> {
  try {
    const queue = await request("queue", { query: { group: "none", limit: 500 } });
    const ids = queue.items.flatMap((item) => item.alerts.map((alert) => alert.id));
    const at = ids.indexOf(alertId);
    const next = at === -1 ? ids[0] : ids[at + by];
    if (next !== undefined) {
      navigate(`/alerts/${encodeURIComponent(next)}`);
    }
  } catch (error) {
    if (!(error instanceof RequestError)) {
      throw error;
    }
  }
}
