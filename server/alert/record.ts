import type { Account } from "#contracts/account";
import type { AlertCorrelation, AlertStatus, CloseReason, Severity } from "#contracts/alert";
import type { Fields, SourceRef } from "#contracts/event";
import type { RuleLanguage } from "#contracts/language";

/**
 * An alert as it is stored. A rule over single events raises at most one alert per process, however many records the
 * process has; a rule over several events raises one per set of events. See docs/decisions/0003.
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
  /** The sources whose process was found by process id and time, if any: see `alerting/by-pid.ts`. */
  readonly byPid?: readonly PidSource[];
  /** The lineage root under which alerts are grouped into an incident: see `lineage/lineage-root.ts`. */
  readonly rootKey?: string;
  /** The root on another host from which a logon led to `rootKey`: see `alerting/origin-roots.ts`. */
  readonly originRootKey?: string;
  /** Who removed the alert from its incident. Stores keep the incident's key with the alert: see `incident-key.ts`. */
  readonly removed?: IncidentMove & {
    /** The incident that it was split off into; absent: it is alone. */
    readonly to?: string;
    /** Set if that incident was merged with another one. */
    readonly merged?: IncidentMerge;
  };
  /** Set if an analyst merged the incident of its lineage with another one. All alerts of the lineage share it. */
  readonly merged?: IncidentMerge;
  readonly commandTemplate?: string;
  /** The playbook that somebody chose for it. Absent: `playbooks/choose.ts` decides. */
  readonly chosenPlaybook?: { readonly id: string; readonly actor: string; readonly at: number };
  readonly status: AlertStatus;
  readonly closeReason?: CloseReason;
  readonly sources: readonly SourceRef[];
  /** ECS fields of the leading source event (Sysmon before Security). */
  readonly fields: Fields;
  readonly group?: Readonly<Record<string, string>>;
  /**
   * For a rule over several events: their ids in the rule's order, and the fields of the completing event. `fields` has
   * only what all events share. The completing event is the first of `sources`.
   */
  readonly sequence?: { readonly eventIds: readonly string[]; readonly last: Fields };
  /**
   * For a rule that counts or compares many events: figures over all of them, while `sequence` lists only the first.
   */
  readonly correlation?: AlertCorrelation;
}

/** What a record says about its process when it names only the process id. */
export interface PidSource {
  readonly eventId: string;
  /** Names of host and program as they are in the record. */
  readonly host: string;
  readonly pid: number;
  readonly executable?: string;
}

/** Who moved an alert out of the incident of its lineage. */
export interface IncidentMove {
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
}

/** A merge of incidents by hand. */
export type IncidentMerge = IncidentMove & { readonly into: string };

export type IncidentChange = "removed" | "restored" | "split" | "merged" | "unmerged";

/** One entry in the history of an alert. */
export interface TransitionRecord {
  readonly alertId: string;
  readonly at: number;
  readonly actor: string;
  readonly from: AlertStatus;
  readonly to: AlertStatus;
  readonly reason?: CloseReason;
  readonly note?: string;
  /** Id of the batch that it was part of. */
  readonly batch?: string;
  /** It was closed against the verdict. */
  readonly overridden?: true;
  /** The alert that it was closed as a duplicate of. */
  readonly duplicateOf?: string;
  /** The status did not change: the alert left its incident, or came to another one. */
  readonly incident?: IncidentChange;
}
