import type { Neighbourhood, ProcessNode } from "#contracts/lineage";
import type { LineageGraph, LoadedPart } from "./graph.ts";
import { parseGroupId, type ViewState } from "./view-state.ts";

/** A page of children of a process, or of members of a group. */
interface Page {
  readonly items: readonly ProcessNode[];
  readonly total: number;
  readonly next?: string;
}

/** Everything loaded beyond the first neighbourhood, shown or not, so that undo and redo need no request. */
export interface LoadedData {
  /** By the key of a process or the id of a group. */
  readonly pages: ReadonlyMap<string, readonly Page[]>;
  /** By the key of the process that they were requested for. */
  readonly neighbourhoods: ReadonlyMap<string, Neighbourhood>;
}
export const noData: LoadedData = { pages: new Map(), neighbourhoods: new Map() };

/** A request that the view needs: the neighbourhood of a process, or the next page of a process or group. */
export type MissingPart =
  | { readonly kind: "neighbourhood"; readonly id: string; readonly key: string }
  | {
      readonly kind: "page";
      readonly id: string;
      readonly parent: string;
      readonly childGroup: string | undefined;
      readonly cursor: string | undefined;
    };

/** The parts of the lineage that a view shows, as far as they are loaded. */
export function loadedParts(view: ViewState, data: LoadedData): readonly LoadedPart[] {
  const neighbourhoods = view.neighbourhoods.flatMap((key): LoadedPart[] => {
    const value = data.neighbourhoods.get(key);
    return value === undefined ? [] : [{ kind: "neighbourhood", value }];
  });
  const children = [...view.expanded].flatMap(([id, count]): LoadedPart[] => {
    const pages = data.pages.get(id)?.slice(0, count);
    const last = pages?.at(-1);
    return pages === undefined || last === undefined
      ? []
      : [{ kind: "children", ...parentOf(id), items: pages.flatMap(({ items }) => items), total: last.total }];
  });
  return [...neighbourhoods, ...children];
}

/** The parts that a view shows and that are not loaded: of each process or group the next page only. */
export function missingParts(view: ViewState, data: LoadedData, graph: LineageGraph): readonly MissingPart[] {
  const pages = [...view.expanded].flatMap(([id, count]): MissingPart[] => {
    const loaded = data.pages.get(id) ?? [];
    const cursor = loaded.at(-1)?.next;
    const isComplete = loaded.length > 0 && cursor === undefined;
    return isComplete || loaded.length >= count || !hasPages(graph, id)
      ? []
      : [{ kind: "page", id, ...parentOf(id), cursor }];
  });
  const neighbourhoods = view.neighbourhoods
    .filter((key) => !data.neighbourhoods.has(key))
    .map((key): MissingPart => ({ kind: "neighbourhood", id: `neighbourhood:${key}`, key }));
  return [...pages, ...neighbourhoods];
}

/** Only groups that the server left out in part have pages; the members of others are all loaded. */
function hasPages(graph: LineageGraph, id: string): boolean {
  const group = parseGroupId(id);
  return group === undefined || (graph.childGroups.get(group.parent) ?? []).some(({ key }) => key === group.childGroup);
}

const parentOf = (id: string): { readonly parent: string; readonly childGroup: string | undefined } =>
  parseGroupId(id) ?? { parent: id, childGroup: undefined };

export function withPageAdded(data: LoadedData, id: string, page: Page): LoadedData {
  return { ...data, pages: new Map(data.pages).set(id, [...(data.pages.get(id) ?? []), page]) };
}

export function withNeighbourhoodAdded(data: LoadedData, key: string, value: Neighbourhood): LoadedData {
  return { ...data, neighbourhoods: new Map(data.neighbourhoods).set(key, value) };
}
