import { emptyViewState, readView, type ViewState, writeView } from "./lineage/view-state.ts";
import { defaultView, isView, type View } from "./lineage/views.tsx";

/** The state of the workbench that its address holds, so that a colleague who opens the address sees the same. */
export interface WorkbenchAddress {
  readonly view: View;
  /** Key of the selected process; absent while the process of the alert is selected. */
  readonly node?: string;
  readonly step?: string;
  readonly lineage: ViewState;
}

export const defaultAddress: WorkbenchAddress = { view: defaultView, lineage: emptyViewState };

export function readAddress(search: URLSearchParams): WorkbenchAddress {
  const pane = search.get("pane");
  return {
    view: isView(pane) ? pane : defaultView,
    node: search.get("node") ?? undefined,
    step: search.get("step") ?? undefined,
    lineage: readView(search),
  };
}

/** The address with some parts changed. `undefined` removes a part; defaults are omitted. */
export function writeAddress(search: URLSearchParams, change: Partial<WorkbenchAddress>): URLSearchParams {
  const next = { ...readAddress(search), ...change };
  const result = new URLSearchParams(search);
  const put = (name: string, value: string | undefined) =>
    value === undefined ? result.delete(name) : result.set(name, value);
  put("pane", next.view === defaultView ? undefined : next.view);
  put("node", next.node);
  put("step", next.step);
  writeView(result, next.lineage);
  return result;
}
