import { useMemo } from "react";
import type { Prevalence } from "#contracts/related-processes";
import { useRoutes } from "../../../api/queries.ts";
import type { Lineage } from "./use-lineage.ts";
import { groupId } from "./view-state.ts";

/** How common the children of compared processes are, to be marked in the tree. */
export interface PrevalenceMarks {
  /** By `groupId` of the parent and the child group. */
  readonly byGroup: ReadonlyMap<string, Prevalence>;
  /** Says what was compared, while the comparison is on. */
  readonly note?: string;
}

/** The server looks at up to 400 runs for each compared parent. */
const maxCompared = 8;

/** Compares the selected process and those on the path to the alert with other runs, while the view asks for it. */
export function usePrevalence(lineage: Lineage, selected: string | undefined): PrevalenceMarks {
  const { graph, view } = lineage;
  const keys = useMemo(() => {
    if (graph === undefined || !view.compare) {
      return [];
    }
    const candidates = new Set([...(selected === undefined ? [] : [selected]), ...graph.path]);
    return [...candidates].filter((key) => (graph.nodes.get(key)?.childCount ?? 0) > 0).slice(0, maxCompared);
  }, [graph, view.compare, selected]);
  const queries = useRoutes(
    "comparison",
    keys.map((key) => ({ params: { key } })),
  );
  const loaded = queries.flatMap(({ data }) => (data === undefined ? [] : [data]));
  const byGroup = new Map(
    loaded.flatMap(({ key, children }) =>
      children.map(({ childGroup, prevalence }) => [groupId(key, childGroup), prevalence] as const),
    ),
  );
  const failed = queries.filter(({ isError }) => isError).length;
  const runs = loaded.reduce((sum, { everywhere }) => sum + everywhere.compared, 0);
  return { byGroup, note: noteOf(keys.length, loaded.length, failed, runs) };
}

function noteOf(requested: number, loaded: number, failed: number, runs: number): string | undefined {
  if (requested === 0) {
    return undefined;
  }
  if (failed > 0) {
    return `${failed} of ${requested} comparisons failed`;
  }
  return loaded < requested
    ? "comparing with other runs …"
    : `children of ${requested} ${requested === 1 ? "process" : "processes"} compared with ${runs.toLocaleString("en")} other runs`;
}
