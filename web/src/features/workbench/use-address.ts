import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { readAddress, type WorkbenchAddress, writeAddress } from "./url.ts";

/** Milliseconds that the address may lag behind: browsers refuse to change it at the pace of a held arrow key. */
const writeDelay = 120;
const undoDepth = 100;

type Viewed = Pick<WorkbenchAddress, "view" | "lineage">;

/**
 * What the page shows, at once; the address follows, and a change of the address from outside (Back) is taken over. Changes
 * of the view can be undone, one by one; moving the selection and the step is no such change.
 */
export function useAddress() {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const [address, setAddress] = useState(() => readAddress(search));
  const [past, setPast] = useState<readonly Viewed[]>([]);
  const latest = useRef({ address, text });
  const written = useRef(text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  latest.current.text = text;

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
        const next = writeAddress(new URLSearchParams(latest.current.text), latest.current.address);
        written.current = next.toString();
        setSearch(next, { replace: true });
      }, writeDelay);
    },
    [setSearch],
  );

  /**
   * Changes what is seen so that `undo` takes it back; `part` may depend on what is seen now. Changes of one `strand` that
   * follow each other (the letters of a word) are taken back together.
   */
  const strandBefore = useRef<string>(undefined);
  const changeView = useCallback(
    (part: (now: Viewed) => Partial<Viewed>, strand?: string) => {
      const { view, lineage } = latest.current.address;
      if (strand === undefined || strand !== strandBefore.current) {
        setPast((before) => [...before.slice(1 - undoDepth), { view, lineage }]);
      }
      strandBefore.current = strand;
      change(part({ view, lineage }));
    },
    [change],
  );
  const undo = useCallback(() => {
    strandBefore.current = undefined;
    const before = past.at(-1);
    if (before !== undefined) {
      setPast(past.slice(0, -1));
      change(before);
    }
  }, [past, change]);
  return { address, change, changeView, undo, canUndo: past.length > 0 };
}
