interface Version {
  readonly numbers: readonly bigint[];
  readonly preRelease: readonly string[];
}

/** Negative, zero or positive, in the order of Elasticsearch's type `version`. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parse(left), parse(right)];
  if (a === undefined || b === undefined) {
    return a !== undefined ? -1 : b !== undefined ? 1 : compare(left, right);
  }
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at++) {
    const order = compare(a.numbers[at] ?? -1n, b.numbers[at] ?? -1n);
    if (order !== 0) {
      return order;
    }
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) {
    return Math.sign(b.preRelease.length - a.preRelease.length);
  }
  for (let at = 0; at < Math.max(a.preRelease.length, b.preRelease.length); at++) {
    const order = comparePart(a.preRelease[at], b.preRelease[at]);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

function parse(text: string): Version | undefined {
  const [, numbers, preRelease = ""] = /^(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text) ?? [];
  return numbers === undefined
    ? undefined
    : { numbers: numbers.split(".").map(BigInt), preRelease: preRelease === "" ? [] : preRelease.split(".") };
}

/** Numbers come before texts, and fewer parts before more. */
function comparePart(left: string | undefined, right: string | undefined): number {
  if (left === undefined || right === undefined) {
    return left === right ? 0 : left === undefined ? -1 : 1;
  }
  const [a, b] = [left, right].map((part) => (/^\d+$/.test(part) ? BigInt(part) : undefined));
  if (a !== undefined && b !== undefined) {
    return compare(a, b);
  }
  return a !== undefined ? -1 : b !== undefined ? 1 : compare(left, right);
}

function compare<T extends bigint | string>(left: T, right: T): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
