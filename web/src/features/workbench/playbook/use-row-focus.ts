import {
  type FocusEvent,
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";

/** Rows that Page Up and Page Down move by. */
const PAGE = 8;
const CONTROLS = "a[href], button:not(:disabled)";

export interface RowFocus {
  /** What has to be spread on the element around the rows. */
  readonly root: {
    readonly ref: RefObject<HTMLElement | null>;
    readonly onKeyDown: (event: KeyboardEvent) => void;
    readonly onFocus: (event: FocusEvent) => void;
  };
  /** The row that is the tab stop. */
  readonly current: string | undefined;
  /** Puts the focus on a row, or on the current one. */
  readonly focus: (id?: string) => void;
}

/**
 * One tab stop for the rows of grids (`data-row` is the id of each): up and down, `j` and `k` move between rows, right
 * and left between the controls of a row. Keys that `act` takes belong to the row that has the focus.
 */
export function useRowFocus(ids: readonly string[], act: (key: string, id: string) => boolean): RowFocus {
  const ref = useRef<HTMLElement>(null);
  const [last, setLast] = useState<string>();
  const current = last !== undefined && ids.includes(last) ? last : ids[0];
  const latest = useRef({ ids, current, act });
  latest.current = { ids, current, act };

  // The rows are the tab stop, not each of their many controls.
  useLayoutEffect(() => {
    for (const control of ref.current?.querySelectorAll<HTMLElement>(`[data-row] :is(${CONTROLS})`) ?? []) {
      control.tabIndex = -1;
    }
  });

  const focus = useCallback((id?: string) => {
    const wanted = id ?? latest.current.current;
    rowsIn(ref.current)
      .find((row) => row.dataset["row"] === wanted)
      ?.focus();
  }, []);
  const onFocus = useCallback(({ target }: FocusEvent) => {
    const id = rowOf(ref.current, target)?.dataset["row"];
    if (id !== undefined) {
      setLast(id);
    }
  }, []);
  const onKeyDown = useCallback((event: KeyboardEvent) => {
    const { target, key } = event;
    const row = rowOf(ref.current, target);
    const id = row?.dataset["row"];
    if (row === undefined || id === undefined || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const to = beside(row, target, key) ?? rowAt(ref.current, latest.current.ids, id, key);
    const isOwn = (key === "Enter" || key === " ") && target !== row;
    if (to !== undefined) {
      event.preventDefault();
      to.focus();
    } else if (!isOwn && latest.current.act(key, id)) {
      event.preventDefault();
    }
  }, []);
  const root = useMemo(() => ({ ref, onKeyDown, onFocus }), [onKeyDown, onFocus]);
  return { root, current, focus };
}

const rowsIn = (root: HTMLElement | null): readonly HTMLElement[] => [
  ...(root?.querySelectorAll<HTMLElement>("[data-row]") ?? []),
];

/** The row of an element. The menu of a value is outside: its keys are its own. */
function rowOf(root: HTMLElement | null, target: EventTarget): HTMLElement | undefined {
  const row = target instanceof Element && root?.contains(target) ? target.closest<HTMLElement>("[data-row]") : null;
  return row ?? undefined;
}

/** The control to the right or left; to the left of the first one is the row itself. */
function beside(row: HTMLElement, from: EventTarget, key: string): HTMLElement | undefined {
  const places = [row, ...row.querySelectorAll<HTMLElement>(CONTROLS)];
  const by = { ArrowRight: 1, ArrowLeft: -1 }[key];
  return by === undefined || !(from instanceof HTMLElement) ? undefined : places[places.indexOf(from) + by];
}

function rowAt(root: HTMLElement | null, ids: readonly string[], from: string, key: string): HTMLElement | undefined {
  const at = ids.indexOf(from);
  const end = ids.length - 1;
  const to = {
    ArrowDown: at + 1,
    j: at + 1,
    ArrowUp: at - 1,
    k: at - 1,
    PageDown: Math.min(end, at + PAGE),
    PageUp: Math.max(0, at - PAGE),
    Home: 0,
    End: end,
  }[key];
  // At an end the focus stays where it is.
  const id = to === undefined ? undefined : ids[Math.min(end, Math.max(0, to))];
  return id === undefined ? undefined : rowsIn(root).find((row) => row.dataset["row"] === id);
}
