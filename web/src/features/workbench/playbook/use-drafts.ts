import { useCallback, useState } from "react";
import { type Drafts, readDrafts, type StepDraft, writeDrafts } from "./drafts.ts";

/** The drafts of one alert, kept in the session storage of the browser tab. */
export function useDrafts(alertId: string) {
  const storageKey = `stemma.drafts.${alertId}`;
  const [drafts, setDrafts] = useState<Drafts>(() => readDrafts(sessionStorage.getItem(storageKey)));
  const change = useCallback(
    (stepId: string, next: StepDraft | undefined) => {
      setDrafts((before) => {
        const after = new Map(before);
        if (next === undefined) {
          after.delete(stepId);
        } else {
          after.set(stepId, next);
        }
        sessionStorage.setItem(storageKey, writeDrafts(after));
        return after;
      });
    },
    [storageKey],
  );
  return { drafts, change };
}
