/** A stretch of time in epoch milliseconds, both ends included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** What is in any of the spans, in order and without overlaps. */
export function union(spans: readonly Span[]): readonly Span[] {
  const merged: { from: number; to: number }[] = [];
  for (const span of spans.toSorted((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last !== undefined && span.from <= last.to) {
      last.to = Math.max(last.to, span.to);
    } else {
      merged.push({ ...span });
    }
  }
  return merged;
}

/** What is in both of two unions. */
export function intersection(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  return union(
    left.flatMap((a) =>
      right.flatMap((b) => {
        const [from, to] = [Math.max(a.from, b.from), Math.min(a.to, b.to)];
        return from <= to ? [{ from, to }] : [];
      }),
    ),
  );
}

/** What is in the first union, but not in the second; no span of it is a mere instant. */
export function difference(left: readonly Span[], right: readonly Span[]): readonly Span[] {
  let rest = left;
  for (const { from, to } of right) {
    rest = rest.flatMap((span) =>
      to < span.from || from > span.to
        ? [span]
        : [
            { from: span.from, to: Math.min(span.to, from) },
            { from: Math.max(span.from, to), to: span.to },
          ].filter((part) => part.from < part.to),
    );
  }
  return rest;
}

/** Milliseconds; spans without overlaps. */
export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}
