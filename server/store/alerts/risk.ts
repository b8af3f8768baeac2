/** Adding fractions in another order gives another last digit; a sum of scores is told to a millionth in every store. */
export function reportedRisk(sum: number): number {
  return Math.round(sum * 1e6) / 1e6;
}
