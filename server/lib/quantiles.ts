/** The middle one of sorted values, or the mean of both; undefined if there is none. */
export function medianOf(sorted: readonly number[]): number | undefined {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : Math.round((low + high) / 2);
}

/** The least of sorted values that nine of ten do not exceed; undefined if there is none. */
export function p90Of(sorted: readonly number[]): number | undefined {
  return sorted[Math.ceil(0.9 * sorted.length) - 1];
}
