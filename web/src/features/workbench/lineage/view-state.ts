import { type TimelineKind, timelineKinds } from "#contracts/timeline";

/**
 * What an analyst did to the lineage, apart from the data: what was expanded, collapsed, added and searched for. The
 * state is kept in the address, so that a colleague sees the same, and every change can be undone. Processes that it
 * refers to and that are not loaded yet are loaded by `use-lineage-parts.ts`.
 */
export interface ViewState {
  /**
   * Number of loaded pages, by process (pages of its children) or by group (pages of its members, see `groupId`). A
   * group is expanded while it has an entry.
   */
  readonly expanded: ReadonlyMap<string, number>;
  /** Processes whose children are hidden although they are loaded. */
  readonly collapsed: ReadonlySet<string>;
  /** Processes whose neighbourhood was added to the lineage, in that order. */
  readonly neighbourhoods: readonly string[];
  /** Show only processes that match this text, and their ancestors. */
  readonly find: string;
  /** Show only processes with alerts, and their ancestors. */
  readonly alertsOnly: boolean;
  /** Mark children that are new or rare compared with other runs of their parent's image. */
  readonly compare: boolean;
  /** The time that timeline and ruler show; undefined: that of the incident. */
  readonly span: TimeSpan | undefined;
  /** Kinds of events that the timeline does not list. */
  readonly hiddenKinds: ReadonlySet<TimelineKind>;
  /** Everything that happened on a host in the span is listed, also what belongs to no known process. */
  readonly around: string | undefined;
  /** The event that is chosen in the timeline when it opens, by its id. */
  readonly event: string | undefined;
  /** Processes whose events are listed below them. */
  readonly events: ReadonlySet<string>;
  /** Chains that the graph shows process by process, by the key of their first one. */
  readonly openChains: ReadonlySet<string>;
}

/** Epoch milliseconds, both included. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

export const emptyViewState: ViewState = {
  expanded: new Map(),
  collapsed: new Set(),
  neighbourhoods: [],
  find: "",
  alertsOnly: false,
  compare: false,
  span: undefined,
  hiddenKinds: new Set(),
  around: undefined,
  event: undefined,
  events: new Set(),
  openChains: new Set(),
};

/** Id of a group of similar children of one process. Keys contain no dot. */
export const groupId = (parent: string, childGroup: string): string => `${parent}.${childGroup}`;

/** The process and the child group of a group's id; undefined for the key of a process. */
export function parseGroupId(id: string): { readonly parent: string; readonly childGroup: string } | undefined {
  const dot = id.indexOf(".");
  return dot === -1 ? undefined : { parent: id.slice(0, dot), childGroup: id.slice(dot + 1) };
}

/** Shows the next page of children or members and expands the process if it was collapsed. */
export function withNextPage(view: ViewState, id: string): ViewState {
  const expanded = new Map(view.expanded).set(id, (view.expanded.get(id) ?? 0) + 1);
  return { ...view, expanded, collapsed: without(view.collapsed, id) };
}

/** Lists what a process did below it, or no longer. */
export function withEvents(view: ViewState, key: string): ViewState {
  return view.events.has(key)
    ? { ...view, events: without(view.events, key) }
    : { ...view, events: new Set(view.events).add(key), collapsed: without(view.collapsed, key) };
}

/** Shows a chain process by process, or as one card again. */
export function withChainToggled(view: ViewState, first: string): ViewState {
  return { ...view, openChains: view.openChains.symmetricDifference(new Set([first])) };
}

/** Collapses a group, or hides or shows the loaded children of a process. */
export function withCollapsed(view: ViewState, id: string, collapsed: boolean): ViewState {
  if (parseGroupId(id) === undefined) {
    return {
      ...view,
      collapsed: collapsed ? new Set(view.collapsed).add(id) : without(view.collapsed, id),
    };
  }
  const expanded = new Map(view.expanded);
  expanded.delete(id);
  return { ...view, expanded };
}

export function withNeighbourhood(view: ViewState, key: string): ViewState {
  return view.neighbourhoods.includes(key) ? view : { ...view, neighbourhoods: [...view.neighbourhoods, key] };
}

function without(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return set.has(key) ? new Set([...set].filter((other) => other !== key)) : set;
}

const parameterNames = {
  expanded: "open",
  collapsed: "shut",
  neighbourhoods: "with",
  find: "find",
  alertsOnly: "only",
  compare: "mark",
  span: "span",
  hiddenKinds: "hide",
  around: "around",
  event: "event",
  events: "did",
  openChains: "chain",
} as const satisfies Record<keyof ViewState, string>;

/** Browsers and servers limit the length of an address: it holds the latest entries of each kind, at most this many. */
export const maxInAddress = 120;
const maxPages = 200;

export function readView(search: URLSearchParams): ViewState {
  const expanded = search.getAll(parameterNames.expanded).flatMap((text): [string, number][] => {
    const [, id = "", pages = "1"] = /^([^~]+)(?:~(\d{1,3}))?$/.exec(text) ?? [];
    return id === "" ? [] : [[id, Math.min(maxPages, Math.max(1, Number(pages)))]];
  });
  return {
    expanded: new Map(expanded),
    collapsed: new Set(search.getAll(parameterNames.collapsed)),
    neighbourhoods: [...new Set(search.getAll(parameterNames.neighbourhoods))],
    find: search.get(parameterNames.find) ?? "",
    alertsOnly: search.get(parameterNames.alertsOnly) === "alerts",
    compare: search.get(parameterNames.compare) === "new",
    span: readSpan(search.get(parameterNames.span)),
    hiddenKinds: new Set(search.getAll(parameterNames.hiddenKinds).flatMap((kind) => knownKinds.get(kind) ?? [])),
    around: search.get(parameterNames.around) ?? undefined,
    event: search.get(parameterNames.event) ?? undefined,
    events: new Set(search.getAll(parameterNames.events)),
    openChains: new Set(search.getAll(parameterNames.openChains)),
  };
}

const knownKinds: ReadonlyMap<string, TimelineKind> = new Map(timelineKinds.map((kind) => [kind, kind]));

/** Two times in ISO 8601 with a tilde between them. */
function readSpan(text: string | null): TimeSpan | undefined {
  const [from = Number.NaN, to = Number.NaN] = (text ?? "").split("~").map((time) => Date.parse(time));
  return from <= to ? { from, to } : undefined;
}

const writtenSpan = ({ from, to }: TimeSpan) => `${new Date(from).toISOString()}~${new Date(to).toISOString()}`;

export function writeView(search: URLSearchParams, view: ViewState): void {
  const put = (parameter: keyof ViewState, values: readonly string[]) => {
    search.delete(parameterNames[parameter]);
    for (const value of values.slice(-maxInAddress)) {
      search.append(parameterNames[parameter], value);
    }
  };
  put(
    "expanded",
    [...view.expanded].map(([id, pages]) => (pages === 1 ? id : `${id}~${pages}`)),
  );
  put("collapsed", [...view.collapsed]);
  put("neighbourhoods", view.neighbourhoods);
  put("find", view.find === "" ? [] : [view.find]);
  put("alertsOnly", view.alertsOnly ? ["alerts"] : []);
  put("compare", view.compare ? ["new"] : []);
  put("span", view.span === undefined ? [] : [writtenSpan(view.span)]);
  put("hiddenKinds", [...view.hiddenKinds]);
  put("around", view.around === undefined ? [] : [view.around]);
  put("event", view.event === undefined ? [] : [view.event]);
  put("events", [...view.events]);
  put("openChains", [...view.openChains]);
}

/** Explains what the address leaves out; undefined when it holds everything. */
export function addressTruncation(view: ViewState): string | undefined {
  const longest = Math.max(
    view.expanded.size,
    view.collapsed.size,
    view.neighbourhoods.length,
    view.events.size,
    view.openChains.size,
  );
  return longest > maxInAddress
    ? `the address keeps the latest ${maxInAddress} of ${longest} expanded processes; a colleague sees the others collapsed`
    : undefined;
}
