import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Watcher } from "#contracts/changes";
import { Rereads } from "./rereads.ts";
import { liveState, notLive, setLiveState, useWatchersOf } from "./state.ts";
import { canShare, LiveTab, type Relayed } from "./tabs.ts";

/** Milliseconds for which an incident counts as open in a tab that nobody sees: a look at another tab is short. */
const hiddenGrace = 5_000;

let tab: LiveTab | undefined;
/** Where this tab is in the stream, also while it does not follow. */
let mark: string | undefined;
/**
 * The same for the browser; it outlives the page. If nothing was written since, what a page has read when it opened
 * needs no second reading.
 */
const markKey = "stemma.live.mark";

function setMark(next: string): void {
  mark = next;
  localStorage.setItem(markKey, next);
}

/** The incidents that are open in this tab, and how often. */
const open = new Map<string, { count: number; leave?: () => void }>();

/**
 * Follows the stream of changes while somebody is signed in and the server answers. Where the browser cannot, and while
 * the stream is down, `isLive` is false and pages poll (`UseRouteOptions.fallback`).
 */
export function useLiveChanges(isPossible: boolean): void {
  const client = useQueryClient();
  useEffect(() => (isPossible && canShare() ? follow(client) : undefined), [isPossible, client]);
}

function follow(client: QueryClient): () => void {
  const rereads = new Rereads(client);
  const one = new LiveTab(mark ?? localStorage.getItem(markKey) ?? undefined, (message) =>
    take(message, rereads, client),
  );
  tab = one;
  showWhatIsOpen();
  let hiding: number | undefined;
  const look = () => {
    window.clearTimeout(hiding);
    hiding = document.visibilityState === "visible" ? undefined : window.setTimeout(hideWhatIsOpen, hiddenGrace);
    showWhatIsOpen();
  };
  document.addEventListener("visibilitychange", look);
  return () => {
    document.removeEventListener("visibilitychange", look);
    window.clearTimeout(hiding);
    hideWhatIsOpen();
    tab = undefined;
    one.close();
    rereads.close();
    setLiveState(notLive);
  };
}

function take(message: Relayed, rereads: Rereads, client: QueryClient): void {
  switch (message.kind) {
    case "ready":
      setMark(message.mark);
      setLiveState({ ...liveState(), isLive: true });
      if (message.missed) {
        rereads.everything();
      }
      return;
    case "changed":
      setMark(message.mark);
      rereads.changed(message.changes);
      return;
    case "present": {
      const watchers = new Map(liveState().watchers).set(message.presence.key, message.presence.people);
      setLiveState({ ...liveState(), watchers });
      return;
    }
    case "down":
      if (liveState().isLive) {
        setLiveState(notLive);
        // Whether the session has ended or the server is gone: the shell says which.
        void client.invalidateQueries({ queryKey: ["me"] });
      }
  }
}

function showWhatIsOpen(): void {
  if (document.visibilityState === "visible") {
    for (const [key, one] of open) {
      one.leave ??= tab?.watch(key);
    }
  }
}

function hideWhatIsOpen(): void {
  for (const one of open.values()) {
    one.leave?.();
    one.leave = undefined;
  }
}

/** Who else has this incident open. They see that it is open here. */
export function useWatchers(key: string | undefined): readonly Watcher[] {
  useEffect(() => {
    if (key === undefined) {
      return;
    }
    const one = open.get(key) ?? { count: 0 };
    open.set(key, one);
    one.count += 1;
    showWhatIsOpen();
    return () => {
      one.count -= 1;
      if (one.count === 0) {
        open.delete(key);
        one.leave?.();
      }
    };
  }, [key]);
  return useWatchersOf(key ?? "");
}
