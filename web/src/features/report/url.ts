const hour = 3_600_000;

/** Presets by their name in the address, in milliseconds. */
export const spans = { "8h": 8 * hour, "12h": 12 * hour, "24h": 24 * hour, "7d": 168 * hour } as const;
export type Span = keyof typeof spans;

/** The time that is reported about. Presets end when the page is opened or refreshed. */
export type ReportRange =
  | { readonly kind: "last"; readonly span: Span }
  | { readonly kind: "between"; readonly from: string; readonly to: string };

export interface ReportAddress {
  readonly range: ReportRange;
  /** Whether to count what each person did. */
  readonly people: boolean;
}

export const isSpan = (text: string): text is Span => Object.hasOwn(spans, text);

/** Parses an address. What is not valid is left out, so that a mistyped link still opens. */
export function parseReportAddress(search: URLSearchParams): ReportAddress {
  const span = search.get("last") ?? "";
  const [from, to] = [Date.parse(search.get("from") ?? ""), Date.parse(search.get("to") ?? "")];
  return {
    range:
      !isSpan(span) && from < to
        ? { kind: "between", from: new Date(from).toISOString(), to: new Date(to).toISOString() }
        : { kind: "last", span: isSpan(span) ? span : "8h" },
    people: search.get("people") === "true",
  };
}

export function buildReportAddress({ range, people }: ReportAddress): URLSearchParams {
  const search = new URLSearchParams(range.kind === "last" ? { last: range.span } : { from: range.from, to: range.to });
  if (people) {
    search.set("people", "true");
  }
  return search;
}

/** The edges of a range, where presets end at `now`, in epoch milliseconds. */
export function edgesOf(range: ReportRange, now: number): { readonly from: string; readonly to: string } {
  return range.kind === "between"
    ? { from: range.from, to: range.to }
    : { from: new Date(now - spans[range.span]).toISOString(), to: new Date(now).toISOString() };
}
