import { useMemo, useRef } from "react";
import { type Read, type Seen, seenNow } from "../../../api/client.ts";

/**
 * What was there when the draft of a step was begun. Somebody else may answer the same question while it is written:
 * the draft must not replace that unseen, although the page already shows it.
 */
export function useDraftVersions(read: Read) {
  const versions = useRef(new Map<string, Seen>());
  const latest = useRef(read);
  latest.current = read;
  return useMemo(
    () => ({
      begin: (stepId: string) => {
        if (!versions.current.has(stepId)) {
          versions.current.set(stepId, seenNow(latest.current));
        }
      },
      /** Without a draft what is shown now counts. */
      of: (stepId: string): Seen => versions.current.get(stepId) ?? latest.current,
      /** After a conflict, which showed what others did. */
      again: (stepId: string) => void versions.current.set(stepId, seenNow(latest.current)),
      forget: (stepId: string) => void versions.current.delete(stepId),
    }),
    [],
  );
}

export type DraftVersions = ReturnType<typeof useDraftVersions>;
