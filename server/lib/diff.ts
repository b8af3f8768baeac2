/** An item of one list or of both; `left` and `right` are its 1-based positions. */
export interface Difference<T> {
  readonly side: "both" | "left" | "right";
  readonly item: T;
  readonly left?: number;
  readonly right?: number;
}

/** Largest table for the part between the common prefix and suffix, in cells. */
const mostCells = 4_000_000;

/**
 * The longest common subsequence of two lists, with the remaining items in between. If
 * the lists are too long, everything between their common prefix and suffix counts as different.
 */
export function diff<T>(
  left: readonly T[],
  right: readonly T[],
  key: (item: T) => string = String,
): readonly Difference<T>[] {
  const [a, b] = [left.map(key), right.map(key)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) {
    start += 1;
  }
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) {
    end += 1;
  }
  const [rows, columns] = [a.length - start - end, b.length - start - end];
  const width = columns + 1;
  // Length of the longest common subsequence of the remainders.
  const lengths = new Uint32Array(rows * columns > mostCells ? 0 : (rows + 1) * width);
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  if (lengths.length > 0) {
    for (let row = rows - 1; row >= 0; row -= 1) {
      for (let column = columns - 1; column >= 0; column -= 1) {
        lengths[row * width + column] =
          a[start + row] === b[start + column]
            ? at(row + 1, column + 1) + 1
            : Math.max(at(row + 1, column), at(row, column + 1));
      }
    }
  }
  const result: Difference<T>[] = [];
  const push = (side: Difference<T>["side"], row: number, column: number) => {
    const item = side === "right" ? right[column] : left[row];
    result.push({
      side,
      item: item as T,
      ...(side === "right" ? {} : { left: row + 1 }),
      ...(side === "left" ? {} : { right: column + 1 }),
    });
  };
  for (let place = 0; place < start; place += 1) {
    push("both", place, place);
  }
  let [row, column] = [0, 0];
  while (row < rows || column < columns) {
    const common = lengths.length > 0 && row < rows && column < columns && a[start + row] === b[start + column];
    if (common) {
      push("both", start + row++, start + column++);
    } else if (row < rows && (column === columns || at(row + 1, column) >= at(row, column + 1))) {
      push("left", start + row++, start + column);
    } else {
      push("right", start + row, start + column++);
    }
  }
  for (let place = 0; place < end; place += 1) {
    push("both", a.length - end + place, b.length - end + place);
  }
  return result;
}
