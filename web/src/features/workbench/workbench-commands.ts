import type { Evidence } from "#contracts/playbook";
import { RequestError, request } from "../../api/client.ts";
import type { Command } from "../../keyboard/commands.tsx";
import { answerWord } from "../../ui/answer-mark.tsx";
import { copyText } from "../../ui/copy.ts";
import type { AlertActions } from "./actions/use-actions.ts";
import { scopesOf } from "./incident/walk.ts";
import { type Row, rowAfterMove } from "./lineage/rows.ts";
import type { Lineage } from "./lineage/use-lineage.ts";
import { lineageViewEntries, type View } from "./lineage/views.tsx";
import { answerKeys } from "./playbook/answer-form.tsx";
import { osquerySource, sourceOf } from "./playbook/attachments.ts";
import { processEvidence } from "./playbook/evidence.ts";
import type { PlaybookState } from "./playbook/use-playbook.ts";

/** What the commands of the workbench act on. */
export interface CommandContext {
  readonly alertId: string;
  readonly lineage: Lineage;
  readonly selected: string | undefined;
  readonly select: (key: string) => void;
  readonly setView: (view: View) => void;
  readonly playbook: PlaybookState;
  readonly actions: AlertActions;
  readonly assignToMe: { readonly run: () => void; readonly denial: string | undefined };
  readonly toggleDetails: () => void;
  /** Evidence that has the focus, see `Selection.offerEvidence`. */
  readonly offered: { readonly current: Evidence | undefined };
  readonly navigate: (path: string) => void;
}

/** The commands of the workbench, for key handling, palette and help. */
export function workbenchCommands(context: CommandContext): readonly Command[] {
  return [
    ...inGroup("Lineage", lineageCommands(context)),
    ...inGroup("Playbook", playbookCommands(context)),
    ...inGroup("Incident", alertCommands(context)),
  ];
}

type Ungrouped = Omit<Command, "group">;

const inGroup = (group: string, commands: readonly Ungrouped[]): readonly Command[] =>
  commands.map((command) => ({ ...command, id: `workbench-${command.id}`, group }));

function lineageCommands({ lineage, selected, select, setView, toggleDetails }: CommandContext): readonly Ungrouped[] {
  const { rows } = lineage;
  const move = (to: "up" | "down") => {
    const next = nextProcess(rows, selected, to);
    if (next !== undefined) {
      select(next.id);
    }
  };
  const toggle = () => {
    const row = rows.find(({ id }) => id === selected);
    if (row !== undefined) {
      lineage.toggle(row);
    }
  };
  const copy = () => {
    const text = lineage.graph?.nodes.get(selected ?? "")?.commandLine;
    if (text !== undefined) {
      void copyText(text);
    }
  };
  return [
    ...lineageViewEntries.map(
      ([view, { title, key }]): Ungrouped => ({
        id: view,
        title: `Show the ${title.toLowerCase()}`,
        keys: [key],
        run: () => setView(view),
      }),
    ),
    { id: "down", title: "Next process", keys: ["j"], run: () => move("down") },
    { id: "up", title: "Previous process", keys: ["k"], run: () => move("up") },
    { id: "toggle", title: "Expand or collapse the selected process", keys: ["o"], run: toggle },
    {
      id: "events",
      title: "List what the selected process did, or no longer",
      keys: ["v"],
      run: () => {
        if (lineage.graph?.nodes.has(selected ?? "") === true) {
          lineage.toggleEvents(selected ?? "");
        }
      },
    },
    { id: "copy", title: "Copy the command line", keys: ["y"], run: copy },
    {
      id: "undo",
      title: "Undo the last view change",
      keys: ["z"],
      run: lineage.undo,
      disabled: lineage.canUndo ? undefined : "Nothing to undo",
    },
    { id: "details", title: "Show or hide the details", keys: ["d"], run: toggleDetails },
  ];
}

/** The next or previous process row, past groups, logons and "more" rows. */
function nextProcess(rows: readonly Row[], from: string | undefined, to: "up" | "down"): Row | undefined {
  let next = rowAfterMove(rows, from, to);
  while (next !== undefined && next.kind !== "process") {
    const beyond = rowAfterMove(rows, next.id, to);
    next = beyond?.id === next.id ? undefined : beyond;
  }
  return next;
}

function playbookCommands({ playbook, lineage, selected, offered }: CommandContext): readonly Ungrouped[] {
  const pin = () => {
    const node = lineage.graph?.nodes.get(selected ?? "");
    const evidence = offered.current ?? (node && processEvidence(node));
    if (evidence !== undefined) {
      playbook.pin(evidence);
    }
  };
  return [
    { id: "step-before", title: "Previous question", keys: ["["], run: () => playbook.move(-1) },
    { id: "step-after", title: "Next question", keys: ["]"], run: () => playbook.move(1) },
    ...answerKeys.map(
      ([key, value]): Ungrouped => ({
        id: `answer-${value}`,
        title: `Answer: ${answerWord(value)}`,
        keys: [key],
        run: () => void playbook.save(value),
        disabled: playbook.denial,
      }),
    ),
    {
      id: "answer-scope",
      title: "Change for which processes the answer counts",
      keys: ["w"],
      run: () => nextScope(playbook),
      disabled: playbook.denial,
    },
    {
      id: "pin",
      title: "Pin the focused row or the selected process",
      keys: ["p"],
      run: pin,
      disabled: playbook.denial,
    },
    {
      id: "paste",
      title: "Paste a result as evidence",
      keys: ["x"],
      run: () => playbook.paste(withoutResult(playbook)),
      disabled: playbook.denial,
    },
  ];
}

/** The first osquery query of the open step that has no result yet. */
function withoutResult({ step, draft }: PlaybookState): string | undefined {
  const given = new Set(draft?.attachments.filter((one) => one.kind === "recorded" || one.text !== "").map(sourceOf));
  return step?.osquery.find(({ label }) => !given.has(osquerySource(label)))?.label;
}

function nextScope({ alertId, shared: { question, scope, setScope } }: PlaybookState): void {
  const scopes = question === undefined ? [] : scopesOf(question, alertId);
  const next = scopes[(scopes.indexOf(scope) + 1) % scopes.length];
  if (next !== undefined) {
    setScope(next);
  }
}

function alertCommands({ alertId, actions, assignToMe, navigate }: CommandContext): readonly Ungrouped[] {
  const { denial, can, isLoading } = actions;
  const unless = (possible: boolean, reason: string) => denial ?? (possible ? undefined : reason);
  return [
    {
      id: "acknowledge",
      title: "Acknowledge the incident",
      keys: ["a"],
      run: actions.acknowledge,
      disabled: denial ?? (isLoading ? "The incident is loading" : unless(can.acknowledge, "No alert is open")),
    },
    {
      id: "acknowledge-part",
      title: "Acknowledge…",
      run: actions.openAcknowledge,
      disabled: unless(can.acknowledge, "No alert is open"),
    },
    {
      id: "close",
      title: "Close…",
      keys: ["c"],
      run: actions.openClose,
      disabled: unless(can.close, "Everything is closed. Reopen it first."),
    },
    {
      id: "escalate",
      title: "Escalate…",
      keys: ["s"],
      run: actions.openEscalate,
      disabled: unless(can.escalate, "Everything is escalated or closed"),
    },
    { id: "exception", title: "Exception…", keys: ["e"], run: actions.openException, disabled: denial },
    {
      id: "reopen",
      title: "Reopen…",
      run: actions.openReopen,
      disabled: unless(can.reopen, "Nothing is closed"),
    },
    {
      id: "bundle",
      title: "Save the evidence bundle of the incident",
      keys: ["h"],
      run: actions.openBundle,
      disabled: actions.noBundle,
    },
    { id: "assign", title: "Assign to me", keys: ["m"], run: assignToMe.run, disabled: assignToMe.denial },
    { id: "incident", title: "Show the incident", keys: ["i"], run: actions.openIncident },
    { id: "comment", title: "Comment on the incident…", run: actions.openComments },
    { id: "history", title: "Show the alert history", run: actions.openHistory },
    {
      id: "alert-before",
      title: "Previous alert in the queue",
      keys: ["{"],
      run: () => void openNeighbour(alertId, -1, navigate),
    },
    {
      id: "alert-after",
      title: "Next alert in the queue",
      keys: ["}"],
      run: () => void openNeighbour(alertId, 1, navigate),
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
