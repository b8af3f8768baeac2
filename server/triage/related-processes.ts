import { type ProcessNode, tokenHalf } from "#contracts/lineage";
import type { Page, PageRequest } from "#contracts/page";
import type { RelatedProcesses, Relation } from "#contracts/related-processes";
import { sortedPage } from "../lib/cursor.ts";
import { strongestHash } from "../lineage/derived.ts";
import { nameOf } from "../lineage/keys.ts";
import { linkedSessions } from "../lineage/linked-sessions.ts";
import { refusingDamage } from "../store/damage.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** Descendants that are read, and how many of them have their file and command searched for elsewhere. */
const descendantLimit = 500;
const patternLimit = 40;
/** Related processes that are read per relation. */
const relationLimit = 200;
/** A file or command with more runs than this is too common to count as a relation. */
const commonRuns = 100;

interface Reason {
  readonly relation: Relation;
  readonly why: string;
}

/**
 * Processes without alerts that are related to the branch of a process: descendants, siblings, processes of the same
 * logon session, and processes elsewhere with a file or command-line template of the branch. Those with the most
 * reasons come first, then the nearest in time. Every relation is bounded; the notes list what is left out. Undefined:
 * no such process.
 */
export async function relatedProcessesOf(
  lineage: LineageReader,
  key: string,
  query: PageRequest,
): Promise<RelatedProcesses | undefined> {
  const process = await refusingDamage(() => lineage.process(key));
  if (process === undefined) {
    return undefined;
  }
  const descendants = await descendantsOf(lineage, process);
  const branch = [process, ...descendants.nodes];
  const related = new RelatedSet(branch);
  if (descendants.truncated) {
    related.notes.push(`Only the first ${descendantLimit} descendants were examined.`);
  }
  related.add(descendants.nodes, { relation: "descendant", why: `runs below ${nameAndPid(process)}` });
  const parent = process.parent === undefined ? undefined : await lineage.process(process.parent.key);
  if (parent !== undefined) {
    const page = await lineage.children(parent.key, { limit: relationLimit });
    related.addPage(page, { relation: "sibling", why: `has the same parent, ${nameAndPid(parent)}` }, "Siblings");
  }
  const session = process.sessionKey === undefined ? undefined : await lineage.session(process.sessionKey);
  if (session !== undefined && !session.service) {
    const page = await lineage.processesIn({ sessionKey: session.key, limit: relationLimit });
    const reason: Reason = { relation: "session", why: `runs in the same logon session, ${session.logonId}` };
    related.addPage(page, reason, "Same session");
    for (const other of (await linkedSessions(lineage, [session])).values()) {
      const half = tokenHalf(other) ?? "other";
      const linked = await lineage.processesIn({ sessionKey: other.key, limit: relationLimit });
      const why = `runs in the ${half} half of the same logon, ${other.logonId}`;
      related.addPage(linked, { relation: "session", why }, "Linked session");
    }
  }
  await addSimilar(lineage, branch.slice(0, patternLimit), related);
  if (branch.length > patternLimit) {
    related.notes.push(`Only the first ${patternLimit} files and commands of the branch were searched for elsewhere.`);
  }
  const page = sortedPage(related.all(), query, {
    types: ["number", "number", "string"],
    keyOf: (one) => [-one.reasons.length, Math.abs(timeOf(one.process) - timeOf(process)), one.process.key],
  });
  return { ...page, items: [...page.items], notes: related.notes };
}

/** Collects related processes with their reasons. */
class RelatedSet {
  readonly notes: string[] = [];
  readonly #found = new Map<string, { readonly process: ProcessNode; readonly reasons: Reason[] }>();
  readonly #subject: string | undefined;
  readonly #branch: ReadonlySet<string>;

  /** The process whose branch it is comes first. */
  constructor(branch: readonly ProcessNode[]) {
    this.#subject = branch[0]?.key;
    this.#branch = new Set(branch.map((node) => node.key));
  }

  /** Adds a reason to processes. Those with alerts, and other relations within the branch, are left out. */
  add(nodes: readonly ProcessNode[], reason: Reason): void {
    for (const node of nodes) {
      const hasAlert = node.alerts.some(({ buildingBlock }) => !buildingBlock);
      const withinBranch = reason.relation !== "descendant" && this.#branch.has(node.key);
      if (hasAlert || withinBranch || node.key === this.#subject) {
        continue;
      }
      const entry = this.#found.get(node.key) ?? { process: node, reasons: [] };
      if (!entry.reasons.some(({ relation }) => relation === reason.relation)) {
        entry.reasons.push(reason);
      }
      this.#found.set(node.key, entry);
    }
  }

  addPage(page: Page<ProcessNode>, reason: Reason, what: string): void {
    this.add(page.items, reason);
    if (page.total > page.items.length) {
      this.notes.push(`${what}: ${page.items.length} of ${page.total.toLocaleString("en")} were examined.`);
    }
  }

  all() {
    return [...this.#found.values()];
  }
}

/** Level by level. */
async function descendantsOf(
  lineage: LineageReader,
  process: ProcessNode,
): Promise<{ readonly nodes: readonly ProcessNode[]; readonly truncated: boolean }> {
  const nodes = new Map<string, ProcessNode>();
  let truncated = false;
  let level = [process];
  while (level.length > 0) {
    const room = descendantLimit - nodes.size;
    if (room <= 0) {
      return { nodes: [...nodes.values()], truncated: true };
    }
    const pages = await Promise.all(level.map(({ key }) => lineage.children(key, { limit: room })));
    truncated ||= pages.some(({ items, total }) => total > items.length);
    const found = pages
      .flatMap(({ items }) => items)
      .filter(({ key }, index, all) => all.findIndex((one) => one.key === key) === index)
      .filter(({ key }) => key !== process.key && !nodes.has(key));
    truncated ||= found.length > room;
    level = found.slice(0, room).filter(({ childCount }) => childCount > 0);
    for (const node of found.slice(0, room)) {
      nodes.set(node.key, node);
    }
  }
  return { nodes: [...nodes.values()], truncated };
}

/** Adds processes elsewhere with a file or command-line template of the branch. */
async function addSimilar(lineage: LineageReader, branch: readonly ProcessNode[], related: RelatedSet): Promise<void> {
  const tooCommon: string[] = [];
  const byHash = new Map(branch.map((node) => [strongestHash(node.hashes), node]));
  const byTemplate = new Map(branch.map((node) => [node.childGroup, node]));
  const [sameFile, sameCommand] = await Promise.all([
    Promise.all(
      [...byHash].flatMap(([hash, node]) =>
        hash === undefined ? [] : [lineage.runs({ hash, limit: relationLimit }).then((page) => ({ node, page }))],
      ),
    ),
    Promise.all(
      [...byTemplate].flatMap(([childGroup, node]) => {
        const name = nameOf(node.name);
        return name === undefined || node.commandLine === undefined
          ? []
          : [lineage.runs({ name, childGroup, limit: relationLimit }).then((page) => ({ node, page }))];
      }),
    ),
  ]);
  for (const { node, page } of sameFile) {
    if (page.total > commonRuns) {
      tooCommon.push(`the file of ${nameAndPid(node)} (${page.total.toLocaleString("en")} runs)`);
    } else {
      related.addPage(page, { relation: "hash", why: `is the same file as ${nameAndPid(node)}` }, "Same file");
    }
  }
  for (const { node, page } of sameCommand) {
    if (page.total > commonRuns) {
      tooCommon.push(`the command of ${nameAndPid(node)} (${page.total.toLocaleString("en")} runs)`);
    } else {
      const reason: Reason = {
        relation: "command-template",
        why: `has the command-line template of ${nameAndPid(node)}`,
      };
      related.addPage(page, reason, "Same command");
    }
  }
  if (tooCommon.length > 0) {
    const listed = tooCommon.slice(0, 5).join(", ");
    const more = tooCommon.length > 5 ? ` and ${tooCommon.length - 5} more` : "";
    related.notes.push(`Too common to count as related: ${listed}${more}.`);
  }
}

const nameAndPid = ({ name, pid }: ProcessNode): string =>
  `${name ?? "an unnamed process"}${pid === undefined ? "" : ` ${pid}`}`;

const timeOf = ({ start, end }: ProcessNode): number => Date.parse(start ?? end ?? "") || 0;
