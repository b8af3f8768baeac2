import { useSyncExternalStore } from "react";
import type { Watcher } from "#contracts/changes";

/** What this tab knows from the stream of changes. */
export interface LiveState {
  /** Whether changes arrive. If not, pages poll. */
  readonly isLive: boolean;
  /** Who else has an incident open, by its key. */
  readonly watchers: ReadonlyMap<string, readonly Watcher[]>;
}

export const notLive: LiveState = { isLive: false, watchers: new Map() };

let state = notLive;
const listeners = new Set<() => void>();

export function setLiveState(next: LiveState): void {
  state = next;
  for (const listener of listeners) {
    listener();
  }
}

export function liveState(): LiveState {
  return state;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useIsLive(): boolean {
  return useSyncExternalStore(subscribe, () => state.isLive);
}

const nobody: readonly Watcher[] = [];

/** Who else has this incident open now. */
export function useWatchersOf(key: string): readonly Watcher[] {
  return useSyncExternalStore(subscribe, () => state.watchers.get(key) ?? nobody);
}
