import { useMemo } from "react";
import type { Prevalence } from "#contracts/related-processes";
import { useRoutes } from "../../../api/queries.ts";
import type { Lineage } from "./use-lineage.ts";
import { groupId } from "./view-state.ts";

/** Which children are unusual beside other runs of their parent's image, by `groupId` of parent and cluster. */
export interface Rarities {
  readonly of: ReadonlyMap<string, Prevalence>;
  /** What was compared, for people. */
  readonly note?: string;
}

/** Parents that are compared at once: each costs the server a look at up to 400 runs. */
const mostCompared = 8;

/** Compares the processes on the way to the alert, and the selected one, while the view asks for it. */
export function useRarities(lineage: Lineage, selected: string | undefined): Rarities {
  const { graph, view } = lineage;
  const keys = useMemo(() => {
    if (graph === undefined || !view.compare) {
      return [];
    }
    const wanted = [...new Set([...(selected === undefined ? [] : [selected]), ...graph.path])];
    return wanted.filter((key) => (graph.nodes.get(key)?.childCount ?? 0) > 0).slice(0, mostCompared);
  }, [graph, view.compare, selected]);
  const answers = useRoutes(
    "comparison",
    keys.map((key) => ({ params: { key } })),
  );
  const loaded = answers.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const of = new Map(
    loaded.flatMap(({ key, children }) =>
      children.map(({ childGroup, prevalence }) => [groupId(key, childGroup), prevalence] as const),
    ),
  );
  const failed = answers.filter(({ isError }) => isError).length;
  const runs = loaded.reduce((sum, { everywhere }) => sum + everywhere.compared, 0);
  const note =
    keys.length === 0
      ? undefined
      : failed > 0
        ? `${failed} of ${keys.length} comparisons failed`
        : loaded.length < keys.length
          ? "comparing with other runs …"
          : `children of ${keys.length} ${keys.length === 1 ? "process" : "processes"} compared with ${runs.toLocaleString("en")} other runs`;
  return { of, note };
}
