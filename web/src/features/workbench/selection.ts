import { createContext } from "react";
import type { Evidence } from "#contracts/playbook";

/** What the panes share: the selected process, and what `p` pins while something else than it has the focus. */
export interface Selection {
  readonly select: (processKey: string) => void;
  readonly offer: (evidence: Evidence | undefined) => void;
  /** Pins evidence to the step of the playbook that is open. */
  readonly pin: (evidence: Evidence) => void;
}

export const SelectionContext = createContext<Selection>({
  select: () => undefined,
  offer: () => undefined,
  pin: () => undefined,
});
