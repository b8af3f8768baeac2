const unitMilliseconds: ReadonlyMap<string, number> = new Map([
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000],
]);

/** Milliseconds of a time span such as `9m`, as Elastic and Sigma write them; `undefined` for anything else. */
export function durationOf(text: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(text ?? "") ?? [];
  const size = unitMilliseconds.get(unit);
  return digits === undefined || size === undefined ? undefined : Number(digits) * size;
}
