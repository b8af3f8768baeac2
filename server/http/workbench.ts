import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Detector } from "../detection/rule.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import type { AuditHash } from "../triage/audit-trail.ts";

/** What the handlers stand on; the composition root puts it together. */
export interface Workbench {
  readonly store: Store;
  readonly detector: Detector;
  /** What tstats searches may call. */
  readonly macros: Macros;
  readonly playbooks: Playbooks;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly person: string;
  readonly version: string;
  readonly auditHash: AuditHash;
  /** Whether the store holds the bundled sample. */
  readonly isSample: () => Promise<boolean>;
}
