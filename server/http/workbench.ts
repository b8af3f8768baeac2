import type { Detector } from "../detection/rule.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";

/** What the handlers stand on; the composition root puts it together. */
export interface Workbench {
  readonly store: Store;
  readonly detector: Detector;
  readonly playbooks: Playbooks;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly person: string;
  readonly version: string;
  /** Whether the store holds the bundled sample. */
  readonly isSample: () => Promise<boolean>;
}
