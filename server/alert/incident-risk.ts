import { hash } from "node:crypto";

/** Alerts of an incident that share what its risk depends on. */
export interface RiskPart {
  readonly ruleId: string;
  readonly commandTemplate?: string;
  /** 1 to 4, as `severityRank` in the store. */
  readonly severity: number;
  readonly host: string;
  readonly alerts: number;
  /** Closed, but not as a true positive: carries no risk. */
  readonly dismissed: boolean;
  /** How many incidents have alerts of this rule with this command-line template. */
  readonly incidents: number;
}

/** Why an incident is where it is in the queue. The score is the product of what it depends on. */
export interface IncidentRisk {
  readonly score: number;
  /** Distinct rules that matched. */
  readonly rules: number;
  /** The highest, 1 to 4. */
  readonly severity: number;
  readonly hosts: number;
  readonly alerts: number;
  /** 1: nothing of it is known from other incidents. Halved with two of the kind, a third with four, and so on. */
  readonly rarity: number;
  /** Incidents with equal signatures are the same rules on the same command lines. */
  readonly signature: string;
}

/** More on one host crosses to others by logon: that counts beyond the number of hosts. */
const CROSSING = 1.25;

/**
 * The risk of an incident: rules × severity × rarity × hosts × breadth. Independent of the order of `parts`. Rarity
 * changes only when the number of incidents of a kind doubles, so that few have to be ranked again. See
 * docs/decisions/0064.
 */
export function incidentRisk(parts: readonly RiskPart[]): IncidentRisk {
  const counted = parts.filter(({ dismissed }) => !dismissed);
  const rarities = new Map<string, number>();
  for (const { ruleId, incidents } of counted) {
    rarities.set(ruleId, Math.max(rarities.get(ruleId) ?? 0, rarityOf(incidents)));
  }
  const rules = rarities.size;
  const rarity = rules === 0 ? 0 : [...rarities.values()].sort().reduce((sum, one) => sum + one, 0) / rules;
  const severity = Math.max(0, ...counted.map((part) => part.severity));
  const hosts = new Set(counted.map(({ host }) => host)).size;
  const alerts = counted.reduce((sum, part) => sum + part.alerts, 0);
  const score = rules === 0 ? 0 : rules * severity * rarity * hostFactor(hosts) * (1 + 0.1 * Math.log2(alerts));
  return {
    score: Math.round(score * 10) / 10,
    rules,
    severity,
    hosts,
    alerts,
    rarity: Math.round(rarity * 100) / 100,
    signature: signatureOf(parts),
  };
}

/** The share that something counts for, by how many incidents have it. */
function rarityOf(incidents: number): number {
  return 1 / (1 + Math.floor(Math.log2(Math.max(1, incidents))));
}

export function hostFactor(hosts: number): number {
  return hosts <= 1 ? 1 : (1 + 0.5 * Math.log2(hosts)) * CROSSING;
}

function signatureOf(parts: readonly RiskPart[]): string {
  const kinds = parts.map(({ ruleId, commandTemplate = "" }) => JSON.stringify([ruleId, commandTemplate]));
  return `s${hash("sha256", [...new Set(kinds)].sort().join("\n"), "base64url").slice(0, 15)}`;
}
