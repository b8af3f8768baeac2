import { useCallback, useEffect, useRef, useState } from "react";
import { useLocation, useSearchParams } from "react-router";
import { useLeaving } from "../../ui/use-leaving.ts";
import { readAddress, type WorkbenchAddress, writeAddress } from "./url.ts";

/**
 * Milliseconds by which the address may lag behind: browsers limit how often it may change, a held arrow key exceeds
 * that.
 */
const writeDelay = 120;
const undoDepth = 100;

type ViewPart = Pick<WorkbenchAddress, "view" | "lineage">;

/**
 * The state of the workbench that its address holds. A change shows at once and the address follows; a change of the
 * address from outside (Back) changes the state. View changes can be undone one by one; selection and step are not part
 * of the view.
 */
export function useAddress() {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const [address, setAddress] = useState(() => readAddress(search));
  const [past, setPast] = useState<readonly ViewPart[]>([]);
  const { state } = useLocation();
  const latest = useRef({ address, text, state });
  const written = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isLeaving = useLeaving();
  latest.current.text = text;
  latest.current.state = state;

  useEffect(() => {
    if (text === written.current) {
      return;
    }
    written.current = text;
    clearTimeout(timer.current);
    latest.current.address = readAddress(new URLSearchParams(text));
    setAddress(latest.current.address);
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);

  const change = useCallback(
    (part: Partial<WorkbenchAddress>) => {
      latest.current.address = { ...latest.current.address, ...part };
      setAddress(latest.current.address);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        if (isLeaving()) {
          return;
        }
        const next = writeAddress(new URLSearchParams(latest.current.text), latest.current.address);
        // Not with the text that is drawn: it may lag behind what was written last.
        if (next.toString() === written.current) {
          return;
        }
        written.current = next.toString();
        // The same entry of the history: what it knows of the way to it stays.
        setSearch(next, { replace: true, state: latest.current.state });
      }, writeDelay);
    },
    [setSearch, isLeaving],
  );

  /**
   * Changes the view so that `undo` can revert it. Consecutive changes with the same `mergeKey`, such as the letters of
   * a word, are reverted together.
   */
  const lastMergeKey = useRef<string>(undefined);
  const changeView = useCallback(
    (part: (current: ViewPart) => Partial<ViewPart>, mergeKey?: string) => {
      const { view, lineage } = latest.current.address;
      if (mergeKey === undefined || mergeKey !== lastMergeKey.current) {
        setPast((before) => [...before.slice(1 - undoDepth), { view, lineage }]);
      }
      lastMergeKey.current = mergeKey;
      change(part({ view, lineage }));
    },
    [change],
  );
  const undo = useCallback(() => {
    lastMergeKey.current = undefined;
    const before = past.at(-1);
    if (before !== undefined) {
      setPast(past.slice(0, -1));
      change(before);
    }
  }, [past, change]);
  return { address, change, changeView, undo, canUndo: past.length > 0 };
}
