import { useCallback, useState } from "react";
import { type Drafts, readDrafts, type StepDraft, writeDrafts } from "./drafts.ts";

/** The drafts of one alert, kept in the session storage of the browser tab. */
export function useDrafts(alertId: string) {
  const storageKey = `stemma.drafts.${alertId}`;
  const [drafts, setDrafts] = useState<Drafts>(() => readDrafts(sessionStorage.getItem(storageKey)));
  const [isKept, setKept] = useState(true);
  const change = useCallback(
    (stepId: string, next: StepDraft | undefined) => {
      setDrafts((before) => {
        const after = new Map(before);
        if (next === undefined) {
          after.delete(stepId);
        } else {
          after.set(stepId, next);
        }
        setKept(keep(storageKey, writeDrafts(after)));
        return after;
      });
    },
    [storageKey],
  );
  return { drafts, change, isKept };
}

/** Whether the storage of the tab took it: pasted texts can be more than there is room for. */
function keep(key: string, text: string): boolean {
  try {
    sessionStorage.setItem(key, text);
    return true;
  } catch {
    return false;
  }
}
