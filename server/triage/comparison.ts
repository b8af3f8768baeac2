import type { ProcessNode } from "#contracts/lineage";
import type { Comparison, Prevalence } from "#contracts/related-processes";
import { childGroupLabel } from "../lineage/child-group.ts";
import { nameOf } from "../lineage/keys.ts";
import type { ChildGroups } from "../lineage/neighbourhood.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** Other runs that are looked at, on the host and on all hosts each. */
const mostRuns = 200;
/** A process with more kinds of children than this is compared in none of them. */
const mostKinds = 64;
/** Fewer other runs say nothing about what is usual. */
const leastRuns = 3;
const rareShare = 0.05;
const usualShare = 0.5;
const day = 86_400_000;

/**
 * The children of a process beside those of other runs of the same image: which kinds (image and command-line template) are usual for
 * it, which are new. Runs from `days` before its start to a day after it count, the newest first, so many as `mostRuns`;
 * the answer says how many that were. Undefined: no such process.
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
    const nobody = { compared: 0, total: 0 };
    const notes = ["No record tells the image of this process, so there is nothing to compare it with."];
    return { ...common, onHost: nobody, everywhere: { ...nobody, hosts: 0 }, children: [], missing: [], notes };
  }
  const others = async (host: string | undefined) => {
    const { items, total } = await lineage.runs({ name, host, ...window, limit: mostRuns + 1 });
    const runs = items.filter((run) => run.key !== process.key).slice(0, mostRuns);
    const itself = process.placeholder ? 0 : 1;
    return { runs, total: Math.max(runs.length, total - itself) };
  };
  const [onHost, everywhere] = await Promise.all([others(process.host), others(undefined)]);
  const runs = new Map([...everywhere.runs, ...onHost.runs].map((run) => [run.key, run]));
  const childGroups = await lineage.childGroups([process.key, ...runs.keys()], mostKinds);
  const own = childGroups.get(process.key);
  const counted = countKinds(runs.values(), childGroups, process.host);
  const compared = [...runs.values()].filter(({ key: run }) => childGroups.get(run)?.complete !== false);
  const size = {
    onHost: compared.filter(({ host }) => host === process.host).length,
    everywhere: compared.length,
  };
  const missing = [...counted]
    .filter(([childGroup, { runs: having }]) => !has(own, childGroup) && having >= size.everywhere * usualShare)
    .filter(() => size.everywhere >= leastRuns)
    .sort(([, a], [, b]) => b.runs - a.runs);
  const labels = await labelsOf(lineage, [
    ...(own?.groups ?? []).map(({ key: childGroup, first }) => [childGroup, first[0]?.key] as const),
    ...missing.map(([childGroup, { member }]) => [childGroup, member] as const),
  ]);
  const children = await Promise.all(
    (own?.groups ?? []).map(async ({ key: childGroup, total }) => {
      const label = labels.get(childGroup);
      const kind = { childGroup, ...label, ...sharesOf(counted.get(childGroup)) };
      const image = nameOf(label?.name);
      const seen =
        image === undefined
          ? undefined
          : await lineage.runs({ name: image, childGroup, order: "oldest-first", limit: 1 });
      return {
        ...kind,
        total,
        prevalence: prevalenceOf(kind, size),
        seen: { total: seen?.total ?? total, first: seen?.items[0]?.start },
      };
    }),
  );
  return {
    ...common,
    onHost: { compared: size.onHost, total: onHost.total },
    everywhere: {
      compared: size.everywhere,
      total: Math.max(everywhere.total, size.everywhere),
      hosts: new Set(compared.map(({ host }) => host)).size,
    },
    children: children.sort((a, b) => a.everywhere - b.everywhere || a.onHost - b.onHost),
    missing: missing.map(([childGroup, kind]) => ({ childGroup, ...labels.get(childGroup), ...sharesOf(kind) })),
    notes: notesOf(process, own, runs.size - compared.length),
  };
}

interface Kind {
  runs: number;
  onHost: number;
  /** One process of the kind, to tell it by. */
  readonly member: string | undefined;
}

/** In how many runs each kind of child occurs; how often within one run plays no part. */
function countKinds(
  runs: Iterable<ProcessNode>,
  childGroups: ReadonlyMap<string, ChildGroups>,
  host: string,
): ReadonlyMap<string, Kind> {
  const kinds = new Map<string, Kind>();
  for (const run of runs) {
    for (const { key: childGroup, first } of childGroups.get(run.key)?.groups ?? []) {
      const kind = kinds.get(childGroup) ?? { runs: 0, onHost: 0, member: first[0]?.key };
      kind.runs += 1;
      kind.onHost += run.host === host ? 1 : 0;
      kinds.set(childGroup, kind);
    }
  }
  return kinds;
}

const sharesOf = (kind: Kind | undefined) => ({ onHost: kind?.onHost ?? 0, everywhere: kind?.runs ?? 0 });

const has = (own: ChildGroups | undefined, childGroup: string) =>
  own?.complete === false || (own?.groups ?? []).some(({ key }) => key === childGroup);

/** How usual a kind of child is beside so many other runs. */
export function prevalenceOf(
  kind: { readonly onHost: number; readonly everywhere: number },
  compared: { readonly onHost: number; readonly everywhere: number },
): Prevalence {
  if (compared.everywhere < leastRuns) {
    return "unknown";
  }
  if (kind.everywhere === 0) {
    return "new";
  }
  if (kind.onHost === 0 && compared.onHost >= leastRuns) {
    return "new-on-host";
  }
  return kind.everywhere < compared.everywhere * rareShare ? "rare" : "common";
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

function notesOf(process: ProcessNode, own: ChildGroups | undefined, left: number): string[] {
  return [
    ...(own === undefined && process.childCount === 0 ? ["No child of this process was recorded."] : []),
    ...(own?.complete === false
      ? [`It has more than ${mostKinds} kinds of children: they are not compared one by one.`]
      : []),
    ...(left > 0
      ? [
          `${left} other ${left === 1 ? "run has" : "runs have"} more than ${mostKinds} kinds of children and are left out.`,
        ]
      : []),
  ];
}
