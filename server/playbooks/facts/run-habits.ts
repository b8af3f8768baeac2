import type { ProcessNode } from "#contracts/lineage";
import { commandTemplate } from "../../event/command-template.ts";
import { nameOf } from "../../lineage/keys.ts";
import type { Store } from "../../store/port.ts";
import { payloadOf } from "./shape.ts";

/** Earlier runs whose children are read at most, the newest ones, and children of each. */
const COMPARED_PARENTS = 20;
const COMPARED_CHILDREN = 100;
/** Sessions that are read at once. */
const PAGE = 250;

type Lineage = Store["lineage"];

/**
 * Who started a run: its account, what its parent ran, and the program that started the parent. A shell that runs one
 * known command below another program is not the same.
 */
export async function originsOf(lineage: Lineage, runs: readonly ProcessNode[]): Promise<(run: ProcessNode) => string> {
  const keysOf = (some: Iterable<ProcessNode>) => [...new Set([...some].flatMap(({ parent }) => parent?.key ?? []))];
  const parents = await lineage.processes(keysOf(runs));
  const grandparents = await lineage.processes(keysOf(parents.values()));
  return ({ parent, user }) => {
    const starter = parents.get(parent?.key ?? "");
    return JSON.stringify([
      user?.name.toLowerCase(),
      user?.domain?.toLowerCase(),
      nameOf(starter?.name),
      contentOf(starter?.commandLine),
      nameOf(grandparents.get(starter?.parent?.key ?? "")?.name),
    ]);
  };
}

/** The runs without those in sessions from another address; all, where the address at hand is not known. */
export async function fromSameAddress(
  lineage: Lineage,
  process: ProcessNode,
  runs: readonly ProcessNode[],
): Promise<readonly ProcessNode[]> {
  const own = process.sessionKey === undefined ? undefined : await lineage.session(process.sessionKey);
  if (own?.sourceIp === undefined) {
    return runs;
  }
  const keys = [...new Set(runs.flatMap(({ sessionKey }) => sessionKey ?? []))];
  const addresses = new Map<string, string | undefined>();
  for (let from = 0; from < keys.length; from += PAGE) {
    const page = keys.slice(from, from + PAGE);
    for (const { key, sourceIp } of (await lineage.sessions({ keys: page, limit: page.length })).items) {
      addresses.set(key, sourceIp);
    }
  }
  return runs.filter(({ sessionKey }) => addresses.get(sessionKey ?? "") === own.sourceIp);
}

/**
 * How much of what a process started none of its earlier runs did. What is too much to compare counts as new. Undefined
 * without an earlier run.
 */
export async function newChildrenOf(
  lineage: Lineage,
  process: ProcessNode,
  earlier: readonly ProcessNode[],
): Promise<number | undefined> {
  if (earlier.length === 0) {
    return undefined;
  }
  const limit = COMPARED_CHILDREN;
  const own = await lineage.children(process.key, { limit });
  if (own.items.length === 0) {
    return 0;
  }
  const before = await Promise.all(
    earlier.slice(0, COMPARED_PARENTS).map(({ key }) => lineage.children(key, { limit })),
  );
  const usual = new Set(before.flatMap(({ items }) => items.map(formOf)));
  const unread = own.total - own.items.length;
  return unread + own.items.filter((child) => !usual.has(formOf(child))).length;
}

const formOf = ({ name, commandLine }: ProcessNode): string => JSON.stringify([nameOf(name), contentOf(commandLine)]);

const contentOf = (line: string | undefined) =>
  line === undefined ? undefined : [commandTemplate(line), ...payloadOf(line)];
