import type { Severity } from "#contracts/alert";

/** Severities as numbers that stores order by. */
export const severityRank: Record<Severity, number> = { low: 1, medium: 2, high: 3, critical: 4 };
const severities: readonly Severity[] = ["low", "medium", "high", "critical"];

export function severityOf(rank: number): Severity {
  return severities[rank - 1] ?? "low";
}
