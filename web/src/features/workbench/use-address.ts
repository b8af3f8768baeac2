import { useCallback, useEffect, useRef, useState } from "react";
import { useSearchParams } from "react-router";
import { readAddress, type WorkbenchAddress, writeAddress } from "./url.ts";

/** Milliseconds that the address may lag behind: browsers refuse to change it at the pace of a held arrow key. */
const writeDelay = 120;

/** What the page shows, at once; the address follows, and a change of the address from outside (Back) is taken over. */
export function useAddress() {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const [address, setAddress] = useState(() => readAddress(search));
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
  return { address, change };
}
