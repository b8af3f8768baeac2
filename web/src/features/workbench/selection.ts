import { createContext } from "react";
import type { Evidence } from "#contracts/playbook";

/** What the panes can do with the selection that they share. */
export interface Selection {
  readonly select: (processKey: string) => void;
  /** Sets what the pin key pins while it has the focus; without it, the selected process is pinned. */
  readonly offerEvidence: (evidence: Evidence | undefined) => void;
  /** Pins evidence to the open step of the playbook; absent for those who may not answer it. */
  readonly pin?: (evidence: Evidence) => void;
}

export const SelectionContext = createContext<Selection>({
  select: () => undefined,
  offerEvidence: () => undefined,
});
