import type { AlertCorrelation, AlertStatus, CloseReason, RuleLanguage, Severity } from "#contracts/alert";
import type { Fields, SourceRef } from "#contracts/event";
import type { Account } from "#contracts/lineage";

/**
 * An alert as it is kept. A rule over single events raises at most one alert per process, however many records tell of it; a
 * rule over several events one per set of events.
 */
export interface AlertRecord {
  readonly id: string;
  readonly rule: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly language: RuleLanguage;
  };
  readonly severity: Severity;
  readonly riskScore: number;
  readonly buildingBlock: boolean;
  readonly techniques: readonly { readonly id: string; readonly name: string; readonly tactic?: string }[];
  readonly message: string;
  /** Time of the first source event. */
  readonly time: number;
  readonly detectedAt: number;
  readonly host: string;
  readonly userKey?: string;
  readonly user?: Account;
  readonly processKey?: string;
  /** The lineage root under which alerts are grouped: see `alerts/root.ts`. */
  readonly rootKey?: string;
  /** The root on another host from which a logon led to `rootKey`: see `alerts/causes.ts`. */
  readonly originRootKey?: string;
  /** A person took it out of its work item. Stores keep the key of the item beside the alert: see `alerts/work-item.ts`. */
  readonly removed?: { readonly at: number; readonly actor: string; readonly reason: string };
  readonly commandTemplate?: string;
  readonly status: AlertStatus;
  readonly closeReason?: CloseReason;
  readonly sources: readonly SourceRef[];
  /** ECS fields of the leading source event (Sysmon before Security). */
  readonly fields: Fields;
  readonly group?: Readonly<Record<string, string>>;
  /**
   * Of a rule over several events: their ids in the order of the rule, and the fields of the completing one, which `fields`
   * has only as far as all events share them. The completing event leads the `sources`.
   */
  readonly sequence?: { readonly eventIds: readonly string[]; readonly last: Fields };
  /** Of a rule that counts or compares many events: `sequence` names the first of them, this is about all. */
  readonly correlation?: AlertCorrelation;
}

export interface TransitionRecord {
  readonly alertId: string;
  readonly at: number;
  readonly actor: string;
  readonly from: AlertStatus;
  readonly to: AlertStatus;
  readonly reason?: CloseReason;
  readonly note?: string;
  /** Not the status changed but whether the alert stands in its work item. */
  readonly incident?: "removed" | "restored";
}
