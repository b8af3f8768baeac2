/**
 * What a person made of the lineage, apart from the data: what was opened, closed, brought in, and looked for. It stands in
 * the address, so that a colleague sees the same, and every change of it can be undone. What it asks for and is not here yet
 * is loaded by `use-lineage.ts`.
 */
export interface ViewState {
  /** Pages of children shown per process, and pages of members per group (`groupId`); a group is open while it stands here. */
  readonly open: ReadonlyMap<string, number>;
  /** Processes whose children are hidden although they are loaded. */
  readonly shut: ReadonlySet<string>;
  /** Processes whose surroundings were brought in, in that order. */
  readonly brought: readonly string[];
  /** Only what holds this text, and what leads to it. */
  readonly find: string;
  /** Only processes with alerts, and what leads to them. */
  readonly alertsOnly: boolean;
  /** Marks processes that are new or rare beside other runs of their parent's image. */
  readonly compare: boolean;
}

export const plainView: ViewState = {
  open: new Map(),
  shut: new Set(),
  brought: [],
  find: "",
  alertsOnly: false,
  compare: false,
};

/** Names the children of one process that are alike. Keys hold no dot. */
export const groupId = (of: string, cluster: string): string => `${of}.${cluster}`;

/** The process and the cluster that a group's name holds; undefined where it names a process. */
export function groupOf(id: string): { readonly of: string; readonly cluster: string } | undefined {
  const dot = id.indexOf(".");
  return dot === -1 ? undefined : { of: id.slice(0, dot), cluster: id.slice(dot + 1) };
}

/** Shows the next page of children or members; what was shut opens. */
export function withPage(view: ViewState, id: string): ViewState {
  const open = new Map(view.open).set(id, (view.open.get(id) ?? 0) + 1);
  return { ...view, open, shut: without(view.shut, id) };
}

/** Closes a group, or hides the children of a process. */
export function withShut(view: ViewState, id: string, shut: boolean): ViewState {
  if (groupOf(id) === undefined) {
    return { ...view, shut: shut ? new Set(view.shut).add(id) : without(view.shut, id) };
  }
  const open = new Map(view.open);
  open.delete(id);
  return { ...view, open };
}

export function withBrought(view: ViewState, key: string): ViewState {
  return view.brought.includes(key) ? view : { ...view, brought: [...view.brought, key] };
}

function without(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  return set.has(key) ? new Set([...set].filter((other) => other !== key)) : set;
}

/** Names of the parameters in the address. */
const names = { open: "open", shut: "shut", brought: "with", find: "find", only: "only", mark: "mark" } as const;

/** Browsers and servers cut long addresses; of more openings than this the latest are kept in it. */
export const mostInAddress = 120;
const mostPages = 200;

export function readView(search: URLSearchParams): ViewState {
  const open = search.getAll(names.open).flatMap((text): [string, number][] => {
    const [, id = "", pages = "1"] = /^([^~]+)(?:~(\d{1,3}))?$/.exec(text) ?? [];
    return id === "" ? [] : [[id, Math.min(mostPages, Math.max(1, Number(pages)))]];
  });
  return {
    open: new Map(open),
    shut: new Set(search.getAll(names.shut)),
    brought: [...new Set(search.getAll(names.brought))],
    find: search.get(names.find) ?? "",
    alertsOnly: search.get(names.only) === "alerts",
    compare: search.get(names.mark) === "new",
  };
}

export function writeView(search: URLSearchParams, view: ViewState): void {
  const put = (name: string, values: readonly string[]) => {
    search.delete(name);
    for (const value of values.slice(-mostInAddress)) {
      search.append(name, value);
    }
  };
  put(
    names.open,
    [...view.open].map(([id, pages]) => (pages === 1 ? id : `${id}~${pages}`)),
  );
  put(names.shut, [...view.shut]);
  put(names.brought, view.brought);
  put(names.find, view.find === "" ? [] : [view.find]);
  put(names.only, view.alertsOnly ? ["alerts"] : []);
  put(names.mark, view.compare ? ["new"] : []);
}

/** What the address leaves out, for people; undefined when it holds everything. */
export function addressCut(view: ViewState): string | undefined {
  const most = Math.max(view.open.size, view.shut.size, view.brought.length);
  return most > mostInAddress
    ? `the address keeps the latest ${mostInAddress} of ${most} openings: a colleague sees the others closed`
    : undefined;
}
