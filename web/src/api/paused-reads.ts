/** While the person signs out, nothing is read that needs the session: a refusal would be an error to nobody. */
let paused: PromiseWithResolvers<void> | undefined;
const listeners = new Set<() => void>();

export function pauseReads(): void {
  paused ??= Promise.withResolvers();
  tell();
}

/** Makes the reads that wait. */
export function resumeReads(): void {
  paused?.resolve();
  paused = undefined;
  tell();
}

/** Resolves once reads may be made: now, or when the person stays. */
export function readsResumed(): Promise<void> | undefined {
  return paused?.promise;
}

export function areReadsPaused(): boolean {
  return paused !== undefined;
}

/** Calls back when reads are paused and when they are resumed, until the returned function is called. */
export function watchReads(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tell(): void {
  for (const listener of listeners) {
    listener();
  }
}
