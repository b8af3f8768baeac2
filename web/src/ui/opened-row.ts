import { type RefObject, useCallback, useEffect, useMemo, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { z } from "zod";
import { useCommands } from "../keyboard/commands.tsx";

/** A row of a query of a step. */
export interface RowPlace {
  readonly step: string;
  readonly query: string;
  readonly row: string;
}

/** The row that was opened last, and the entry of the history that it was left at. A reload forgets it. */
let left: (RowPlace & { readonly entry: string }) | undefined;

const target = z.enum(["tree", "timeline", "hunt"]);
export type RowTarget = z.infer<typeof target>;

/** What the entry of the history that a row was opened in has: the way back is known from it. */
const opened = z.object({ openedRow: z.object({ id: z.string(), in: target }) });
type Opening = z.infer<typeof opened>["openedRow"];

const entry = z.object({ key: z.string() });

/** The key of the entry that the history is at. What is drawn may lag behind a change of the address. */
const keyNow = (drawn: string): string => entry.safeParse(window.history.state).data?.key ?? drawn;

/** Goes to an address for a row, so that Back and Escape return to the row. */
export function useOpenRow(): (
  place: RowPlace,
  to: { readonly in: RowTarget; readonly pathname?: string; readonly search: string },
) => void {
  const { key } = useLocation();
  const navigate = useNavigate();
  return useCallback(
    (place, { in: shownIn, ...to }) => {
      left = { ...place, entry: keyNow(key) };
      const openedRow: Opening = { id: `${key} ${performance.now()}`, in: shownIn };
      void navigate(to, { state: { openedRow } });
    },
    [key, navigate],
  );
}

/** The opening of a row that the page shows, if it shows one. */
function useOpening(): Opening | undefined {
  const { state } = useLocation();
  return useMemo(() => opened.safeParse(state).data?.openedRow, [state]);
}

/** Which opening of a row that is, if it is one. */
export const useOpeningId = (): string | undefined => useOpening()?.id;

let focused: string | undefined;

/** The element takes the focus when a row is opened in it. */
export function useFocusOnOpening(shownIn: RowTarget, element: RefObject<HTMLElement | null>): void {
  const opening = useOpening();
  // The page that is left may still be there for a moment: it is not meant.
  const id = opening?.in === shownIn ? opening.id : undefined;
  useEffect(() => {
    if (id !== undefined && id !== focused && element.current !== null) {
      focused = id;
      element.current.focus();
    }
  }, [id, element]);
}

/** Escape returns to the row that the page was opened from. */
export function useBackToRow(): void {
  const opening = useOpeningId();
  const navigate = useNavigate();
  useCommands(
    useMemo(
      () =>
        opening === undefined
          ? []
          : [
              {
                id: "back-to-row",
                title: "Back to the row of the result",
                group: "Results",
                keys: ["escape"],
                run: () => void navigate(-1),
              },
            ],
      [opening, navigate],
    ),
  );
}

const isReturn = (entry: string): boolean => left?.entry === entry;

/** The row to return to, once the history is back at where it was left, until `arrived` is called. */
export function useReturn(): { readonly place: RowPlace | undefined; readonly arrived: () => void } {
  const { key } = useLocation();
  const [place, setPlace] = useState<RowPlace | undefined>(() => (isReturn(key) ? left : undefined));
  useEffect(() => {
    if (isReturn(key)) {
      setPlace(left);
    }
  }, [key]);
  const arrived = useCallback(() => {
    left = undefined;
    setPlace(undefined);
  }, []);
  return { place, arrived };
}
