import type { Query, QueryClient } from "@tanstack/react-query";
import type { RouteResponse } from "#contracts/api";
import type { Change } from "#contracts/changes";
import { isFollowing, rereadAfter } from "./concerns.ts";

/** Milliseconds after which is looked again whether a read is done that was begun before the change. */
const busyInterval = 200;

/** Reads again what the stream says has changed: what is on the page soon, what is not when it is shown again. */
export class Rereads {
  readonly #client: QueryClient;
  readonly #begun = new Map<string, number>();
  readonly #planned = new Map<string, { readonly at: number; readonly timer: number }>();

  constructor(client: QueryClient) {
    this.#client = client;
  }

  changed(changes: readonly Change[]): void {
    for (const query of this.#client.getQueryCache().getAll()) {
      // Further pages of a list stay as they are until somebody asks.
      if (query.queryKey.length > 4) {
        continue;
      }
      const after = changes.flatMap((change) => rereadAfter(change, query.queryKey, this.#incidentOf) ?? []);
      if (after.length > 0) {
        this.#plan(query, Math.min(...after));
      }
    }
  }

  /** Something may have been missed: everything that follows the stream is read again. */
  everything(): void {
    for (const query of this.#client.getQueryCache().getAll()) {
      if (isFollowing(query.queryKey) && query.queryKey.length <= 4) {
        this.#plan(query, 0);
      }
    }
  }

  close(): void {
    for (const { timer } of this.#planned.values()) {
      window.clearTimeout(timer);
    }
    this.#planned.clear();
  }

  readonly #incidentOf = (id: string): string | undefined =>
    this.#client.getQueryData<RouteResponse<"alert">>(["alert", { id }, {}, {}])?.incidentKey;

  #plan(query: Query, every: number): void {
    const { queryHash } = query;
    const at = Math.max(Date.now(), (this.#begun.get(queryHash) ?? 0) + every);
    const planned = this.#planned.get(queryHash);
    if (planned !== undefined && planned.at <= at) {
      return;
    }
    window.clearTimeout(planned?.timer);
    this.#schedule(query, at, at - Date.now());
  }

  #schedule(query: Query, at: number, wait: number): void {
    const timer = window.setTimeout(() => this.#reread(query), wait);
    this.#planned.set(query.queryHash, { at, timer });
  }

  #reread(query: Query): void {
    const { queryHash } = query;
    if (query.state.fetchStatus === "fetching") {
      // Its response may be from before the change; to begin anew each time would never come to an end.
      this.#schedule(query, Date.now(), busyInterval);
      return;
    }
    this.#planned.delete(queryHash);
    this.#begun.set(queryHash, Date.now());
    const isShown = query.isActive() && document.visibilityState === "visible";
    // A tab that nobody sees reads when it is looked at: what is stale then is refreshed.
    void this.#client.invalidateQueries({
      queryKey: query.queryKey,
      exact: true,
      refetchType: isShown ? "active" : "none",
    });
  }
}
