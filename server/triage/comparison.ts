import type { ProcessNode } from "#contracts/lineage";
import type { Comparison, Prevalence } from "#contracts/related-processes";
import { childGroupLabel } from "../lineage/child-group.ts";
import type { ChildGroups } from "../lineage/collapse-children.ts";
import { nameOf } from "../lineage/keys.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** Other runs that are compared: this many on the host, and this many on all hosts. */
const runLimit = 200;
/** A run with more child groups than this is left out of the comparison. */
const groupLimit = 64;
/** Fewer other runs do not show what is common. */
const minimumRuns = 3;
/** Shares of other runs below which a child group is rare, and from which its absence is worth showing. */
const rareShare = 0.05;
const expectedShare = 0.5;
const day = 86_400_000;

/**
 * Compares the child groups of a process (image and command-line template) with those of other runs of the same image:
 * which are common, which are new, which are missing. The runs are the newest ones from `days` before the start of the
 * process to a day after it. Undefined: no such process.
 */
export async function comparisonOf(lineage: LineageReader, key: string, days: number): Promise<Comparison | undefined> {
  const process = await lineage.process(key);
  if (process === undefined) {
    return undefined;
  }
  const start = process.start === undefined ? undefined : Date.parse(process.start);
  const window = start === undefined ? {} : { from: start - days * day, to: start + day };
  const common = {
    key: process.key,
    name: process.name,
    from: window.from === undefined ? undefined : new Date(window.from).toISOString(),
    to: window.to === undefined ? undefined : new Date(window.to).toISOString(),
  };
  const name = nameOf(process.name);
  if (name === undefined) {
    const none = { compared: 0, total: 0 };
    const notes = ["No record has the image of this process, so it cannot be compared."];
    return { ...common, onHost: none, everywhere: { ...none, hosts: 0 }, children: [], missing: [], notes };
  }
  const otherRuns = async (host: string | undefined) => {
    const { items, total } = await lineage.runs({ name, host, ...window, limit: runLimit + 1 });
    const runs = items.filter((run) => run.key !== process.key).slice(0, runLimit);
    const itself = process.placeholder ? 0 : 1;
    return { runs, total: Math.max(runs.length, total - itself) };
  };
  const [onHost, everywhere] = await Promise.all([otherRuns(process.host), otherRuns(undefined)]);
  const runs = new Map([...everywhere.runs, ...onHost.runs].map((run) => [run.key, run]));
  const childGroups = await lineage.childGroups([process.key, ...runs.keys()], groupLimit);
  const own = childGroups.get(process.key);
  const compared = [...runs.values()].filter(({ key: run }) => childGroups.get(run)?.complete !== false);
  const size = {
    onHost: compared.filter(({ host }) => host === process.host).length,
    everywhere: compared.length,
  };
  const { children, missing } = await compareGroups(
    lineage,
    own,
    countRuns(runs.values(), childGroups, process.host),
    size,
  );
  return {
    ...common,
    onHost: { compared: size.onHost, total: onHost.total },
    everywhere: {
      compared: size.everywhere,
      total: Math.max(everywhere.total, size.everywhere),
      hosts: new Set(compared.map(({ host }) => host)).size,
    },
    children,
    missing,
    notes: notesOf(process, own, runs.size - compared.length),
  };
}

/** How many runs had children of a group. */
interface GroupCount {
  runs: number;
  onHost: number;
  /** A child of the group, for its label. */
  readonly member: string | undefined;
}

interface ComparedRuns {
  readonly onHost: number;
  readonly everywhere: number;
}

/** The number of runs that had each child group; how often within one run does not matter. */
function countRuns(
  runs: Iterable<ProcessNode>,
  childGroups: ReadonlyMap<string, ChildGroups>,
  host: string,
): ReadonlyMap<string, GroupCount> {
  const counts = new Map<string, GroupCount>();
  for (const run of runs) {
    for (const { key: childGroup, first } of childGroups.get(run.key)?.groups ?? []) {
      const count = counts.get(childGroup) ?? { runs: 0, onHost: 0, member: first[0]?.key };
      count.runs += 1;
      count.onHost += run.host === host ? 1 : 0;
      counts.set(childGroup, count);
    }
  }
  return counts;
}

/** The process's own child groups, rarest first, and those that most other runs had and this one has not. */
async function compareGroups(
  lineage: LineageReader,
  own: ChildGroups | undefined,
  counts: ReadonlyMap<string, GroupCount>,
  compared: ComparedRuns,
): Promise<Pick<Comparison, "children" | "missing">> {
  const missing = [...counts]
    .filter(([childGroup, { runs }]) => !has(own, childGroup) && runs >= compared.everywhere * expectedShare)
    .filter(() => compared.everywhere >= minimumRuns)
    .sort(([, a], [, b]) => b.runs - a.runs);
  const labels = await labelsOf(lineage, [
    ...(own?.groups ?? []).map(({ key: childGroup, first }) => [childGroup, first[0]?.key] as const),
    ...missing.map(([childGroup, { member }]) => [childGroup, member] as const),
  ]);
  const children = await Promise.all(
    (own?.groups ?? []).map(async ({ key: childGroup, total }) => {
      const label = labels.get(childGroup);
      const group = { childGroup, ...label, ...sharesOf(counts.get(childGroup)) };
      const image = nameOf(label?.name);
      const stored =
        image === undefined
          ? undefined
          : await lineage.runs({ name: image, childGroup, order: "oldest-first", limit: 1 });
      return {
        ...group,
        total,
        prevalence: prevalenceOf(group, compared),
        seen: { total: stored?.total ?? total, first: stored?.items[0]?.start },
      };
    }),
  );
  return {
    children: children.sort((a, b) => a.everywhere - b.everywhere || a.onHost - b.onHost),
    missing: missing.map(([childGroup, count]) => ({ childGroup, ...labels.get(childGroup), ...sharesOf(count) })),
  };
}

const sharesOf = (count: GroupCount | undefined) => ({ onHost: count?.onHost ?? 0, everywhere: count?.runs ?? 0 });

const has = (own: ChildGroups | undefined, childGroup: string) =>
  own?.complete === false || (own?.groups ?? []).some(({ key }) => key === childGroup);

/** How common a child group is among the compared runs. */
export function prevalenceOf(group: ComparedRuns, compared: ComparedRuns): Prevalence {
  if (compared.everywhere < minimumRuns) {
    return "unknown";
  }
  if (group.everywhere === 0) {
    return "new";
  }
  if (group.onHost === 0 && compared.onHost >= minimumRuns) {
    return "new-on-host";
  }
  return group.everywhere < compared.everywhere * rareShare ? "rare" : "common";
}

async function labelsOf(
  lineage: LineageReader,
  members: readonly (readonly [childGroup: string, member: string | undefined])[],
): Promise<ReadonlyMap<string, ReturnType<typeof childGroupLabel>>> {
  const nodes = await lineage.processes(members.flatMap(([, member]) => member ?? []));
  return new Map(
    members.flatMap(([childGroup, member]) => {
      const node = nodes.get(member ?? "");
      return node === undefined ? [] : [[childGroup, childGroupLabel(node)]];
    }),
  );
}

function notesOf(process: ProcessNode, own: ChildGroups | undefined, leftOut: number): string[] {
  return [
    ...(own === undefined && process.childCount === 0 ? ["No child of this process was recorded."] : []),
    ...(own?.complete === false ? [`It has more than ${groupLimit} groups of children: they are not compared.`] : []),
    ...(leftOut > 0
      ? [
          `${leftOut} other ${leftOut === 1 ? "run has" : "runs have"} more than ${groupLimit} groups of children and are left out.`,
        ]
      : []),
  ];
}
