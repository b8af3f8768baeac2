import { type Neighbourhood, type ProcessNode, tokenHalf } from "#contracts/lineage";
import { accountLabel } from "../alert/account-label.ts";
import { visible } from "../lib/visible.ts";
import { neighbourhoodOf } from "../triage/neighbourhood.ts";
import { type Command, cannotRun, readArguments, refuseUsage } from "./command.ts";
import { withStore } from "./open.ts";
import { json, middleEllipsis } from "./terminal.ts";

const usage = `Usage: stemma tree ALERT_OR_PROCESS [--limit N] [--json]

Draws the process tree around the process of an alert, or around a process by its key: ancestors, descendants, the origin
of its logon sessions on other hosts, and where they led.
  --limit N  at most N processes on its host (default 200); omissions are reported
  --json     one JSON object on standard output
  --db FILE  the database (default stemma.db, or STEMMA_STORE)

Edges: ── exact (entity ids)   ┄┄ by pid and time   ·· declared by the child   ≈≈ ambiguous (candidates are listed)`;

export const treeCommand: Command = {
  name: "tree",
  usage,
  async run(args, context) {
    const { terminal } = context;
    const read = readArguments(
      args,
      {
        options: { json: { type: "boolean" } },
        numbers: ["limit"],
        positionals: { least: 1, most: 1, what: "the id of an alert or the key of a process" },
      },
      context,
    );
    if (!read.ok) {
      return refuseUsage(treeCommand, read.error, terminal);
    }
    return withStore(treeCommand, read.value.config, { readOnly: true }, terminal, async (store) => {
      const id = read.value.positionals[0] ?? "";
      const alert = await store.alerts.get(id);
      if (alert !== undefined && alert.processKey === undefined) {
        const message = `Alert "${id}" is based on a record without a process, so there is no tree.`;
        return cannotRun(treeCommand, { code: "alert.no-process", message }, terminal);
      }
      const key = alert?.processKey ?? (await store.lineage.process(id))?.key;
      const found =
        key === undefined ? undefined : await neighbourhoodOf(store, key, read.value.number("limit") ?? 200);
      if (found === undefined) {
        const message = `There is no alert and no process "${id}".`;
        return cannotRun(
          treeCommand,
          { code: "alert.not-found", message, remedy: "List ids with: stemma alerts" },
          terminal,
        );
      }
      const tree = treeOf(found);
      if (read.value.flag("json")) {
        terminal.out(json(tree));
      } else {
        const candidates = found.nodes.flatMap(({ parent }) => parent?.candidates ?? []).slice(0, candidateLimit);
        terminal.out(readable(found, await store.lineage.processes(candidates), terminal.width));
      }
      return 0;
    });
  },
};

/** Candidate parents that are listed by name. */
const candidateLimit = 200;

export interface Tree {
  readonly focus: ProcessNode | undefined;
  /** Parent first, root last. */
  readonly ancestors: readonly ProcessNode[];
  /** Level by level. */
  readonly descendants: readonly ProcessNode[];
  /** Siblings, and processes on other hosts. */
  readonly others: readonly ProcessNode[];
  readonly sessions: Neighbourhood["sessions"];
  /** Which session came from which process or session on another host. */
  readonly links: Neighbourhood["links"];
  /** Children collapsed into one row. */
  readonly childGroups: Neighbourhood["childGroups"];
  readonly truncations: Neighbourhood["truncations"];
}

/** The processes of a neighbourhood by their relation to the one in focus. Terminates on cycles. */
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
  const { sessions, links, childGroups, truncations } = around;
  return { focus, ancestors, descendants, others, sessions, links, childGroups, truncations };
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

function readable(
  around: Neighbourhood,
  candidates: ReadonlyMap<string, ProcessNode>,
  width: number | undefined,
): string {
  const children = childrenByParent(around.nodes);
  const keys = new Set(around.nodes.map(({ key }) => key));
  const collapsed = Map.groupBy(around.childGroups, ({ of }) => of);
  const roots = around.nodes.filter(({ parent }) => parent === undefined || !keys.has(parent.key));
  const lines: string[] = [];
  const drawn = new Set<string>();
  const draw = (node: ProcessNode, indent: string, edge: string): void => {
    drawn.add(node.key);
    lines.push(line(node, `${indent}${edge}`, node.key === around.focus, width));
    const deeper = edge === "" ? indent : indent + (edge.startsWith("└") ? "   " : "│  ");
    lines.push(...candidateLines(node, candidates).map((text) => visible(`${deeper}   ≈ ${text}`)));
    const below = (children.get(node.key) ?? []).filter(({ key }) => !drawn.has(key));
    for (const [index, child] of below.entries()) {
      const corner = index === below.length - 1 ? "└" : "├";
      draw(child, deeper, `${corner}${marks[child.parent?.certainty ?? "exact"]} `);
    }
    for (const { name, commandTemplate, total, shown } of collapsed.get(node.key) ?? []) {
      lines.push(visible(`${deeper}+ ${total - shown.length} more × ${name ?? "unknown"}  ${commandTemplate ?? ""}`));
    }
  };
  const home = around.nodes.find(({ key }) => key === around.focus)?.host;
  const hosts = [...Map.groupBy(roots, ({ host }) => host)].toSorted(
    ([one], [other]) => Number(other === home) - Number(one === home),
  );
  for (const [host, tops] of hosts) {
    if (hosts.length > 1) {
      lines.push(...(lines.length === 0 ? [] : [""]), visible(`on ${host}:`));
    }
    for (const root of tops) {
      if (root.parentUnknown !== undefined) {
        lines.push(visible(`(parent unknown: ${root.parentUnknown})`));
      }
      draw(root, "", "");
    }
  }
  const footer = [
    ...sessionLines(around),
    ...linkLines(around),
    ...around.truncations.map(({ relation, shown, total, why }) => `${relation}: ${shown} of ${total} shown. ${why}`),
  ];
  lines.push(...(footer.length === 0 ? [] : [""]), ...footer.map(visible));
  return `${lines.join("\n")}\n`;
}

/** Why the parent of a process is ambiguous or chosen by an analyst, and the other candidates. */
function candidateLines({ parent }: ProcessNode, candidates: ReadonlyMap<string, ProcessNode>): readonly string[] {
  if (parent === undefined || (parent.certainty !== "ambiguous" && parent.chosen === undefined)) {
    return [];
  }
  const others = (parent.candidates ?? []).filter((key) => key !== parent.key);
  return [
    parent.why,
    ...others.map((key) => {
      const other = candidates.get(key);
      return `or ${other?.name ?? "unknown"} ${other?.pid ?? ""} ${other?.start ?? ""} (${key})`;
    }),
  ];
}

function sessionLines({ nodes, sessions, focus }: Neighbourhood): readonly string[] {
  const session = sessions.find(({ key }) => key === nodes.find((node) => node.key === focus)?.sessionKey);
  if (session === undefined) {
    return [];
  }
  const from = [session.sourceHost, session.sourceIp].filter((part) => part !== undefined && part !== "-").join(" ");
  const kind = session.logonTypeName ?? (session.service ? "service" : "logon");
  const half = tokenHalf(session);
  const other = sessions.find(({ key }) => key === session.linkedKey);
  return [
    `session ${session.logonId} on ${session.host}: ${kind}${from === "" ? "" : ` from ${from}`}${half === undefined ? "" : `, ${half}`}`,
    ...(other === undefined
      ? []
      : [
          `linked session ${other.logonId}, ${tokenHalf(other) ?? "the other half of the same logon"}: ${other.processCount} processes (${other.key})`,
        ]),
  ];
}

/** Each link between hosts: origin, session, certainty and reason. */
function linkLines({ nodes, sessions, links }: Neighbourhood): readonly string[] {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const logonId = (key: string | undefined) => sessions.find((session) => session.key === key)?.logonId;
  return links.map(({ from, to, basis, certainty, why, time, candidates }) => {
    const process = byKey.get(from.processKey ?? "");
    const source = [
      process === undefined ? undefined : `${process.name ?? "unknown"} ${process.pid ?? ""}`.trim(),
      from.sessionKey === undefined ? undefined : `session ${logonId(from.sessionKey) ?? from.sessionKey}`,
    ].filter((part) => part !== undefined);
    const origin = `${source.join(", ")}${source.length === 0 ? "" : " "}on ${from.host}`;
    const open = candidates === undefined ? "" : ` ${candidates.length} fit.`;
    return `logon ${time}: ${origin} ═▶ session ${logonId(to.sessionKey) ?? to.sessionKey} on ${to.host} (${certainty}, by ${basis}) ${why}${open}`;
  });
}

function line(node: ProcessNode, lead: string, focus: boolean, width: number | undefined): string {
  const alerts = node.alerts.map(({ severity, ruleName }) => `[${severity}: ${ruleName}]`).join(" ");
  const parts = [
    focus ? "▶" : undefined,
    node.name ?? node.executable ?? "unknown",
    node.pid === undefined ? undefined : String(node.pid),
    node.placeholder ? "(no start record)" : undefined,
    node.startBySourceClock === undefined
      ? undefined
      : `(two times: ${node.start}, Sysmon's ${node.startBySourceClock})`,
    node.user === undefined ? undefined : accountLabel(node.user),
    alerts === "" ? undefined : alerts,
    node.commandLine,
  ].filter((part) => part !== undefined);
  const text = visible(parts.join("  "));
  return lead + (width === undefined ? text : middleEllipsis(text, Math.max(30, width - lead.length)));
}
