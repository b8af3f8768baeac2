import { useCallback, useState } from "react";
import { type ExceptionDraft, exceptionDraft } from "#contracts/exception";

/**
 * A draft that survives a reload, in the session storage of the browser tab. `isRestored`: it was edited before the
 * page was loaded. Drafts that cannot be kept are still edited.
 */
export function useStoredDraft(name: string, start: () => ExceptionDraft) {
  const key = `stemma.exception.${name}`;
  const [stored] = useState(() => readDraft(sessionStorage.getItem(key)));
  const [draft, setDraft] = useState(() => stored ?? start());
  const [isRestored, setRestored] = useState(stored !== undefined);
  const edit = useCallback(
    (change: Partial<ExceptionDraft>) =>
      setDraft((before) => {
        const after = { ...before, ...change };
        keep(key, after);
        return after;
      }),
    [key],
  );
  const forget = useCallback(() => sessionStorage.removeItem(key), [key]);
  const startOver = () => {
    forget();
    setRestored(false);
    setDraft(start());
  };
  return { draft, edit, isRestored, startOver, forget };
}

function keep(key: string, draft: ExceptionDraft): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // No room for a list of thousands of values: the draft lives as long as the page.
    sessionStorage.removeItem(key);
  }
}

/** A draft that was kept; undefined if there is none or it is of another version. Its values may still be empty. */
function readDraft(text: string | null): ExceptionDraft | undefined {
  if (text === null) {
    return undefined;
  }
  try {
    const filled = JSON.parse(text, (_, value: unknown) => (value === "" ? "-" : value));
    return exceptionDraft.safeParse(filled).success ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
