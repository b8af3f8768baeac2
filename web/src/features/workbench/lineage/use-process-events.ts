import { useMemo } from "react";
import { type TimelineKind, timelineKinds } from "#contracts/timeline";
import { useRoutes } from "../../../api/queries.ts";
import type { ProcessEvents } from "./rows.ts";

/** Events listed below a process. The timeline has the rest. */
const LISTED = 25;
/** The row of a process says these itself, or there are very many of them that say little. */
const left: ReadonlySet<TimelineKind> = new Set(["process", "exit", "module", "object", "account", "other"]);
const kinds: readonly TimelineKind[] = timelineKinds.filter((kind) => !left.has(kind));

/** What these processes did: the first events, and a note while they are loading or where there are more. */
export function useProcessEvents(keys: ReadonlySet<string>): ProcessEvents {
  const listed = useMemo(() => [...keys], [keys]);
  const results = useRoutes(
    "timeline",
    listed.map((key) => ({ body: { processes: [key], kinds: [...kinds], buckets: 1, limit: LISTED } })),
  );
  // The results are new objects each time; their contents are not.
  const signature = results.map(
    ({ data, error, dataUpdatedAt }) => `${dataUpdatedAt} ${error?.message} ${data?.total}`,
  );
  const stable = signature.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: `stable` stands for the results.
  return useMemo(() => {
    void stable;
    return new Map(
      listed.map((key, index) => {
        const { data, error } = results[index] ?? {};
        const more = data !== undefined && data.total > data.items.length;
        const note =
          data === undefined
            ? (error?.message ?? "Loading events…")
            : data.total === 0
              ? "nothing of note: the timeline has loaded images, audited objects and the like"
              : more
                ? `${data.items.length} of ${data.total.toLocaleString("en")} events: the timeline has the rest`
                : undefined;
        return [key, { items: data?.items ?? [], ...(note === undefined ? {} : { note }) }];
      }),
    );
  }, [listed, stable]);
}
