import { type ComponentType, createElement, useCallback, useEffect, useState } from "react";
import { RequestError, request } from "../api/client.ts";
import { useRoute } from "../api/queries.ts";
import { ErrorState, LoadingState } from "./state.tsx";

/** A part of the app that could not be fetched: the server is gone, or has a newer build with other files. */
export class ChunkError extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "ChunkError";
  }
}

/** Loads a part of the app. Throws `ChunkError`. */
export async function loadChunk<Chunk>(load: () => Promise<Chunk>): Promise<Chunk> {
  try {
    return await load();
  } catch (cause) {
    throw new ChunkError(cause);
  }
}

/** Statuses of the browser and of a proxy for a server that does not answer. */
const GONE = [0, 502, 504];

const isOfGone = (error: unknown): boolean => error instanceof RequestError && GONE.includes(error.details.status);

/**
 * Whether the server is gone; calls `recover` once it answers again. `ask` asks it at once, and recovers if it answers.
 */
function useServerReturn(recover: () => void): { readonly isGone: boolean; readonly ask: () => Promise<void> } {
  const me = useRoute("me", {}, { refresh: 5000 });
  const { refetch } = me;
  useEffect(() => void refetch(), [refetch]);
  // Known at the first failure, while the request is still tried again.
  const fails = isOfGone(me.failureReason ?? me.error);
  const [goneSince, setGoneSince] = useState<number>();
  // A request that begins again forgets its failure, so only an answer counts.
  const answeredAt = Math.max(me.dataUpdatedAt, isOfGone(me.error) ? 0 : me.errorUpdatedAt);
  useEffect(() => {
    if (goneSince === undefined) {
      if (fails) {
        setGoneSince(Date.now());
      }
    } else if (answeredAt > goneSince) {
      setGoneSince(undefined);
      recover();
    }
  }, [fails, goneSince, answeredAt, recover]);
  const ask = useCallback(async () => {
    try {
      await request("me");
      recover();
    } catch (error) {
      if (isOfGone(error)) {
        void refetch();
      } else {
        recover();
      }
    }
  }, [refetch, recover]);
  return { isGone: goneSince !== undefined, ask };
}

/** What is missing and how it comes back, in place of the part that could not be fetched. */
export function ChunkFailure({ what, recover }: { readonly what: string; readonly recover: () => void }) {
  const { isGone, ask } = useServerReturn(recover);
  const detail = isGone
    ? `The server is not reachable, so ${what} could not be loaded. It loads by itself once the server answers.`
    : `Files of ${what} could not be loaded. The server may have been updated: reload the page to get the new ones.`;
  return (
    <ErrorState
      error={new RequestError({ title: isGone ? "Server not reachable" : "Not loaded", status: 0, detail })}
      retry={() => void ask()}
      retryWord={isGone ? "Try again" : "Reload"}
    />
  );
}

type Loading<Props> =
  | { readonly kind: "loading" }
  | { readonly kind: "loaded"; readonly Component: ComponentType<Props> }
  | { readonly kind: "failed" };

/**
 * A component in a chunk of its own. Unlike with `lazy` of React, a chunk that could not be fetched is asked for again;
 * where the browser remembers the failure, the page is reloaded. `load` must be stable.
 */
export function Chunk<Props extends object>({
  what,
  load,
  props,
}: {
  /** Such as `the graph`. */
  readonly what: string;
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
}) {
  const [state, setState] = useState<Loading<Props>>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each attempt loads again.
  useEffect(() => {
    let dropped = false;
    const settle = (next: Loading<Props>) => {
      if (!dropped) {
        setState(next);
      }
    };
    load().then(
      (Component) => settle({ kind: "loaded", Component }),
      () => settle({ kind: "failed" }),
    );
    return () => {
      dropped = true;
    };
  }, [load, attempt]);
  const recover = useCallback(() => {
    if (attempt > 0) {
      window.location.reload();
    } else {
      setAttempt(1);
    }
  }, [attempt]);
  switch (state.kind) {
    case "loading":
      return <LoadingState label={`Loading ${what}`} />;
    case "loaded":
      return createElement(state.Component, props);
    case "failed":
      return <ChunkFailure what={what} recover={recover} />;
  }
}
