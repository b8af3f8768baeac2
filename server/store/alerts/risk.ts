/** Rounds a sum of scores: adding fractions in another order changes the last digits. See docs/decisions/0028. */
export function reportedRisk(sum: number): number {
  return Math.round(sum * 1e6) / 1e6;
}
