import type { Page } from "#contracts/event";
import type { ProcessNode } from "#contracts/lineage";
import type { RelatedProcesses, Relation } from "#contracts/related-processes";
import { strongestHash } from "../lineage/derived.ts";
import { nameOf } from "../lineage/keys.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** Processes below the alert's that are looked at, and how many of them lend their file and command to look for elsewhere. */
const mostDescendants = 500;
const mostPatterns = 40;
/** Relatives of one kind that are looked at. */
const mostOfOneKind = 200;
/** A file or command with more runs than this is part of the house: its other runs are no relatives. */
const common = 100;

interface Reason {
  readonly relation: Relation;
  readonly why: string;
}

/**
 * Processes that raised nothing and are related to the branch of a process: what it started, what its parent started beside
 * it, what ran in its session, and what ran elsewhere with a file or a command-line template of the branch. The most reasons first, then
 * the nearest in time. Every kind is bounded; the notes say what is left out. Undefined: no such process.
 */
export async function relatedProcessesOf(
  lineage: LineageReader,
  key: string,
  query: { readonly offset: number; readonly limit: number },
): Promise<RelatedProcesses | undefined> {
  const process = await lineage.process(key);
  if (process === undefined) {
    return undefined;
  }
  const found = new Map<string, { readonly process: ProcessNode; readonly reasons: Reason[] }>();
  const notes: string[] = [];
  const descendants = await below(lineage, process);
  if (descendants.cut) {
    notes.push(`The first ${mostDescendants} processes below it were looked at.`);
  }
  const branch = [process, ...descendants.nodes];
  const inBranch = new Set(branch.map((node) => node.key));
  const add = (nodes: readonly ProcessNode[], reason: Reason) => {
    for (const node of nodes) {
      const loud = node.alerts.some(({ buildingBlock }) => !buildingBlock);
      const repeats = reason.relation !== "descendant" && inBranch.has(node.key);
      if (loud || repeats || node.key === process.key) {
        continue;
      }
      const entry = found.get(node.key) ?? { process: node, reasons: [] };
      if (!entry.reasons.some(({ relation }) => relation === reason.relation)) {
        entry.reasons.push(reason);
      }
      found.set(node.key, entry);
    }
  };
  const addPage = (page: Page<ProcessNode>, reason: Reason, what: string) => {
    add(page.items, reason);
    if (page.total > page.items.length) {
      notes.push(`${what}: ${page.items.length} of ${page.total.toLocaleString("en")} were looked at.`);
    }
  };

  add(descendants.nodes, { relation: "descendant", why: `runs below ${nameAndPid(process)}` });
  const parent = process.parent === undefined ? undefined : await lineage.process(process.parent.key);
  if (parent !== undefined) {
    const page = await lineage.children(parent.key, { limit: mostOfOneKind });
    addPage(page, { relation: "sibling", why: `has the same parent, ${nameAndPid(parent)}` }, "Siblings");
  }
  const session = process.sessionKey === undefined ? undefined : await lineage.session(process.sessionKey);
  if (session !== undefined && !session.service) {
    const page = await lineage.processesIn({ sessionKey: session.key, limit: mostOfOneKind });
    addPage(page, { relation: "session", why: `runs in the same logon session, ${session.logonId}` }, "Of the session");
  }
  await addAlike(lineage, branch.slice(0, mostPatterns), addPage, notes);
  if (branch.length > mostPatterns) {
    notes.push(`Files and commands of the first ${mostPatterns} processes of the branch were looked for elsewhere.`);
  }

  const near = (node: ProcessNode) => Math.abs(timeOf(node) - timeOf(process));
  const all = [...found.values()].sort(
    (a, b) =>
      b.reasons.length - a.reasons.length ||
      near(a.process) - near(b.process) ||
      (a.process.key < b.process.key ? -1 : 1),
  );
  const end = query.offset + query.limit;
  return {
    items: all.slice(query.offset, end),
    total: all.length,
    next: end < all.length ? String(end) : undefined,
    notes,
  };
}

/** Level by level. */
async function below(
  lineage: LineageReader,
  process: ProcessNode,
): Promise<{ readonly nodes: readonly ProcessNode[]; readonly cut: boolean }> {
  const nodes = new Map<string, ProcessNode>();
  let cut = false;
  const open = [process];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const room = mostDescendants - nodes.size;
    if (room <= 0) {
      return { nodes: [...nodes.values()], cut: true };
    }
    const { items, total } = await lineage.children(next.key, { limit: room });
    cut ||= total > items.length;
    for (const node of items) {
      if (node.key !== process.key && !nodes.has(node.key)) {
        nodes.set(node.key, node);
        if (node.childCount > 0) {
          open.push(node);
        }
      }
    }
  }
  return { nodes: [...nodes.values()], cut };
}

async function addAlike(
  lineage: LineageReader,
  branch: readonly ProcessNode[],
  addPage: (page: Page<ProcessNode>, reason: Reason, what: string) => void,
  notes: string[],
): Promise<void> {
  const everyday: string[] = [];
  const byHash = new Map(branch.map((node) => [strongestHash(node.hashes), node]));
  for (const [hash, node] of byHash) {
    if (hash === undefined) {
      continue;
    }
    const page = await lineage.runs({ hash, limit: mostOfOneKind });
    if (page.total > common) {
      everyday.push(`the file of ${nameAndPid(node)} (${page.total.toLocaleString("en")} runs)`);
    } else {
      addPage(page, { relation: "hash", why: `is the same file as ${nameAndPid(node)}` }, "Of the same file");
    }
  }
  const byShape = new Map(branch.map((node) => [node.childGroup, node]));
  for (const [childGroup, node] of byShape) {
    const name = nameOf(node.name);
    if (name === undefined || node.commandLine === undefined) {
      continue;
    }
    const page = await lineage.runs({ name, childGroup, limit: mostOfOneKind });
    if (page.total > common) {
      everyday.push(`the command of ${nameAndPid(node)} (${page.total.toLocaleString("en")} runs)`);
    } else {
      addPage(
        page,
        { relation: "command-template", why: `has the command-line template of ${nameAndPid(node)}` },
        "Of the same command",
      );
    }
  }
  if (everyday.length > 0) {
    const shown = everyday.slice(0, 5).join(", ");
    const more = everyday.length > 5 ? ` and ${everyday.length - 5} more` : "";
    notes.push(`Too common to tell relatives by: ${shown}${more}.`);
  }
}

const nameAndPid = ({ name, pid }: ProcessNode): string =>
  `${name ?? "an unnamed process"}${pid === undefined ? "" : ` ${pid}`}`;

const timeOf = ({ start, end }: ProcessNode): number => Date.parse(start ?? end ?? "") || 0;
