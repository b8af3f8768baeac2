import type { AlertStatus } from "#contracts/alert";
import type { Evidence } from "#contracts/playbook";
import { RequestError, request } from "../../api/client.ts";
import type { Command } from "../../keyboard/commands.tsx";
import { answerWord } from "../../ui/answer-mark.tsx";
import { copyText } from "../../ui/copy.ts";
import type { AlertActions } from "./actions/use-actions.ts";
import { processName } from "./lineage/labels.ts";
import { rowAfterMove } from "./lineage/rows.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { lineageViewEntries, type View } from "./lineage/views.tsx";
import { answerKeys } from "./playbook/answer-form.tsx";
import type { PlaybookState } from "./playbook/use-playbook.ts";

/** The commands of the workbench, for key handling, palette and help. */
export function workbenchCommands(context: {
  readonly alertId: string;
  readonly status: AlertStatus;
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
  readonly setView: (view: View) => void;
  readonly playbook: PlaybookState;
  readonly actions: AlertActions;
  readonly toggleDetails: () => void;
  readonly offered: { readonly current: Evidence | undefined };
  readonly navigate: (path: string) => void;
}): readonly Command[] {
  const { lineage, playbook, actions, selected } = context;
  const rows = lineage.rows;
  const move = (to: "up" | "down") => {
    let next = rowAfterMove(rows, selected, to);
    // `j` and `k` move from process to process and skip all other rows.
    while (next !== undefined && next.kind !== "process") {
      const beyond = rowAfterMove(rows, next.id, to);
      next = beyond?.id === next.id ? undefined : beyond;
    }
    if (next !== undefined) {
      context.select(next.id);
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
    const evidence = context.offered.current ?? process;
    if (evidence !== undefined) {
      playbook.pin(evidence);
    }
  };
  const closed = context.status === "closed";
  const closedReason = closed ? "The alert is closed. Reopen it first." : undefined;
  return [
    ...lineageViewEntries.map(
      ([view, { title, key }]): Command => ({
        id: `workbench-${view}`,
        title: `Show the ${title.toLowerCase()}`,
        group: "Lineage",
        keys: [key],
        run: () => context.setView(view),
      }),
    ),
    { id: "workbench-down", title: "Next process", group: "Lineage", keys: ["j"], run: () => move("down") },
    { id: "workbench-up", title: "Previous process", group: "Lineage", keys: ["k"], run: () => move("up") },
    {
      id: "workbench-toggle",
      title: "Expand or collapse the selected process",
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
      title: "Undo the last view change",
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
      run: context.toggleDetails,
    },
    {
      id: "workbench-step-before",
      title: "Previous step",
      group: "Playbook",
      keys: ["["],
      run: () => playbook.move(-1),
    },
    { id: "workbench-step-after", title: "Next step", group: "Playbook", keys: ["]"], run: () => playbook.move(1) },
    ...answerKeys.map(
      ([key, value]): Command => ({
        id: `workbench-answer-${value}`,
        title: `Answer: ${answerWord(value)}`,
        group: "Playbook",
        keys: [key],
        run: () => void playbook.save(value),
      }),
    ),
    {
      id: "workbench-pin",
      title: "Pin the focused row or the selected process",
      group: "Playbook",
      keys: ["p"],
      run: pin,
    },
    {
      id: "workbench-acknowledge",
      title: "Acknowledge",
      group: "Alert",
      keys: ["a"],
      run: actions.acknowledge,
      disabled: context.status === "open" ? undefined : `The alert is ${context.status}`,
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
      disabled: closedReason ?? (context.status === "escalated" ? "The alert is already escalated" : undefined),
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
      id: "workbench-incident",
      title: "Show the incident",
      group: "Alert",
      keys: ["i"],
      run: actions.openIncident,
    },
    { id: "workbench-history", title: "Show the alert history", group: "Alert", run: actions.openHistory },
    {
      id: "workbench-alert-before",
      title: "Previous alert in the queue",
      group: "Alert",
      keys: ["{"],
      run: () => void openNeighbour(context.alertId, -1, context.navigate),
    },
    {
      id: "workbench-alert-after",
      title: "Next alert in the queue",
      group: "Alert",
      keys: ["}"],
      run: () => void openNeighbour(context.alertId, 1, context.navigate),
    },
  ];
}

/** Opens the previous or next alert of the queue. Does nothing at its end or when the queue cannot be loaded. */
async function openNeighbour(alertId: string, by: 1 | -1, navigate: (path: string) => void): Promise<void> {
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
