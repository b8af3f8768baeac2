import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import { accountLabel } from "../alerts/account-label.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { openStore } from "./open.ts";
import { json, middleEllipsis, visible } from "./terminal.ts";

const usage = `Usage: stemma tree ALERT_OR_PROCESS [--limit N] [--json]

The family tree around the process of an alert, or around a process by its key.
  --limit N  at most so many processes (default 200); what is left out is said
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)

Edges: ── exact (entity ids)   ┄┄ by pid and time   ·· declared by the child   ≈≈ several parents fit`;

export const treeCommand: Command = {
  name: "tree",
  usage,
  async run(args, surroundings) {
    const { terminal } = surroundings;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        numbers: ["limit"],
        positionals: { least: 1, most: 1, what: "the id of an alert or the key of a process" },
      },
      surroundings,
    );
    if (!read.ok) {
      return refuseUsage(treeCommand, read.error, terminal);
    }
    const opened = await openStore(read.value.config, { readOnly: true });
    if (!opened.ok) {
      return cannotRun(treeCommand, opened.error, terminal);
    }
    const store = opened.value;
    try {
      const id = read.value.positionals[0] ?? "";
      const alert = await store.alerts.get(id);
      if (alert !== undefined && alert.processKey === undefined) {
        const message = `The alert "${id}" rests on a record that names no process: there is no tree to show.`;
        return cannotRun(treeCommand, { code: "no-process", message }, terminal);
      }
      const key = alert?.processKey ?? (await store.lineage.process(id))?.key;
      const found =
        key === undefined ? undefined : await store.lineage.neighbourhood(key, read.value.number("limit") ?? 200);
      if (found === undefined) {
        const message = `There is no alert and no process "${id}".`;
        return cannotRun(
          treeCommand,
          { code: "not-found", message, remedy: "Ids are shown by: stemma alerts" },
          terminal,
        );
      }
      const tree = treeOf(found);
      terminal.out(read.value.flag("json") ? json(tree) : readable(found, tree, terminal.width));
      return 0;
    } finally {
      await store.close();
    }
  },
};

export interface Tree {
  readonly focus: ProcessNode | undefined;
  /** Parent first, root last. */
  readonly ancestors: readonly ProcessNode[];
  /** Level by level. */
  readonly descendants: readonly ProcessNode[];
  readonly others: readonly ProcessNode[];
  readonly sessions: Neighbourhood["sessions"];
  readonly cuts: Neighbourhood["cuts"];
}

/** A neighbourhood by what its processes are to the one in focus. Pure; loops end where they began. */
export function treeOf(around: Neighbourhood): Tree {
  const byKey = new Map(around.nodes.map((node) => [node.key, node]));
  const focus = byKey.get(around.focus);
  const seen = new Set<string>([around.focus]);
  const ancestors: ProcessNode[] = [];
  for (let node = parentOf(byKey, focus); node !== undefined && !seen.has(node.key); node = parentOf(byKey, node)) {
    seen.add(node.key);
    ancestors.push(node);
  }
  const children = childrenByParent(around.nodes);
  const descendants: ProcessNode[] = [];
  for (let level = [around.focus]; level.length > 0; ) {
    const next = level.flatMap((key) => children.get(key) ?? []).filter(({ key }) => !seen.has(key));
    for (const node of next) {
      seen.add(node.key);
      descendants.push(node);
    }
    level = next.map(({ key }) => key);
  }
  const others = around.nodes.filter(({ key }) => !seen.has(key));
  return { focus, ancestors, descendants, others, sessions: around.sessions, cuts: around.cuts };
}

function parentOf(nodes: ReadonlyMap<string, ProcessNode>, node: ProcessNode | undefined): ProcessNode | undefined {
  return node?.parent === undefined ? undefined : nodes.get(node.parent.key);
}

function childrenByParent(nodes: readonly ProcessNode[]): ReadonlyMap<string, readonly ProcessNode[]> {
  const children = new Map<string, ProcessNode[]>();
  for (const node of nodes) {
    if (node.parent !== undefined) {
      children.set(node.parent.key, [...(children.get(node.parent.key) ?? []), node]);
    }
  }
  return children;
}

const marks = { exact: "──", "pid-time": "┄┄", declared: "··", ambiguous: "≈≈" } as const;

function readable(around: Neighbourhood, tree: Tree, width: number | undefined): string {
  const children = childrenByParent(around.nodes);
  const keys = new Set(around.nodes.map(({ key }) => key));
  const roots = around.nodes.filter(({ parent }) => parent === undefined || !keys.has(parent.key));
  const lines: string[] = [];
  const drawn = new Set<string>();
  const draw = (node: ProcessNode, indent: string, edge: string): void => {
    drawn.add(node.key);
    lines.push(line(node, `${indent}${edge}`, node.key === around.focus, width));
    const below = (children.get(node.key) ?? []).filter(({ key }) => !drawn.has(key));
    const deeper = edge === "" ? indent : indent + (edge.startsWith("└") ? "   " : "│  ");
    for (const [index, child] of below.entries()) {
      const corner = index === below.length - 1 ? "└" : "├";
      draw(child, deeper, `${corner}${marks[child.parent?.certainty ?? "exact"]} `);
    }
  };
  for (const root of roots) {
    if (root.parentUnknown !== undefined) {
      lines.push(visible(`(parent unknown: ${root.parentUnknown})`));
    }
    draw(root, "", "");
  }
  const session = tree.sessions.find(({ key }) => key === tree.focus?.sessionKey);
  if (session !== undefined) {
    const from = [session.sourceHost, session.sourceIp].filter((part) => part !== undefined && part !== "-").join(" ");
    const kind = session.logonTypeName ?? (session.service ? "service" : "logon");
    lines.push(
      "",
      visible(`session ${session.logonId} on ${session.host}: ${kind}${from === "" ? "" : ` from ${from}`}`),
    );
  }
  lines.push(...around.cuts.map((cut) => visible(`${cut.relation}: ${cut.shown} of ${cut.total} shown. ${cut.why}`)));
  return `${lines.join("\n")}\n`;
}

function line(node: ProcessNode, lead: string, focus: boolean, width: number | undefined): string {
  const alerts = node.alerts.map(({ severity, ruleName }) => `[${severity}: ${ruleName}]`).join(" ");
  const said = [
    focus ? "▶" : undefined,
    node.name ?? node.executable ?? "unknown",
    node.pid === undefined ? undefined : String(node.pid),
    node.placeholder ? "(no start record)" : undefined,
    node.user === undefined ? undefined : accountLabel(node.user),
    alerts === "" ? undefined : alerts,
    node.commandLine,
  ].filter((part) => part !== undefined);
  const text = visible(said.join("  "));
  return lead + (width === undefined ? text : middleEllipsis(text, Math.max(30, width - lead.length)));
}
