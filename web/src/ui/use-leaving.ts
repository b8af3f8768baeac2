import { useCallback, useEffect, useRef } from "react";
import { type BlockerFunction, useBlocker, useLocation } from "react-router";

/**
 * Tells at any moment whether the page is on its way to another page, or to another entry of the history. Whoever
 * changes the address a while after an action asks first: on the way, that would end it, or put the state of this page
 * into the address of the other.
 */
export function useLeaving(): () => boolean {
  const leaving = useRef(false);
  // It is asked when a navigation begins, before anything is loaded or drawn; none is blocked.
  const note = useCallback<BlockerFunction>(({ currentLocation, nextLocation, historyAction }) => {
    leaving.current = historyAction !== "REPLACE" || nextLocation.pathname !== currentLocation.pathname;
    return false;
  }, []);
  useBlocker(note);
  const { key } = useLocation();
  useEffect(() => {
    void key;
    leaving.current = false;
  }, [key]);
  return useCallback(() => leaving.current, []);
}
