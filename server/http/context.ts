import type { SignInMethod } from "#contracts/actor";
import type { EffectiveSetting } from "#contracts/people";
import type { SignInContext } from "../people/sign-in.ts";
import type { PlaybookBook } from "../playbooks/book.ts";
import type { RuleBook } from "../ruleset/rule-book.ts";
import type { RuleRuns } from "../ruleset/runs.ts";
import type { Store } from "../store/port.ts";
import type { Receivers } from "../triage/deliveries.ts";
import type { WorkPool } from "../work/pool.ts";

/** What the handlers work with; the composition root builds it. */
export interface AppContext {
  readonly store: Store;
  /** Read `current` in every call: a reload replaces it. */
  readonly rules: RuleBook;
  readonly runs: RuleRuns;
  readonly people: SignInContext;
  /** Logs an attempt to sign in that was refused. */
  readonly refused: (attempt: {
    readonly method: SignInMethod;
    readonly address: string;
    readonly code: string;
  }) => void;
  /** All settings, for administrators; secrets are masked. */
  readonly settings: readonly EffectiveSetting[];
  /** Where people reach the server. */
  readonly url: () => string;
  readonly playbooks: PlaybookBook;
  /** Where escalations are sent, and whether their bundles are written into a folder. */
  readonly deliveries: { readonly receivers: Receivers; readonly evidence: boolean };
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly version: string;
  /** Whatever may take long runs here, and not in the thread that answers requests. */
  readonly work: WorkPool;
  /** Whether the store holds the bundled sample. */
  readonly isSample: () => Promise<boolean>;
}
