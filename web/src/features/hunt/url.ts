import { defaultHuntColumns } from "#contracts/hunt";
import { type RuleLanguage, ruleLanguage } from "#contracts/language";

/** Presets by their name in the address, in milliseconds. */
export const spans = { "1h": 3_600_000, "24h": 86_400_000, "7d": 7 * 86_400_000, "30d": 30 * 86_400_000 } as const;
export type Span = keyof typeof spans;

/** Which times are searched. Presets end when the search is run. */
export type TimeChoice =
  | { readonly kind: "all" }
  | { readonly kind: "last"; readonly span: Span }
  | { readonly kind: "between"; readonly from?: string; readonly to?: string };

/** What the address of the page says. */
export interface HuntAddress {
  readonly language: RuleLanguage;
  readonly query: string;
  readonly time: TimeChoice;
  readonly columns: readonly string[];
}

/** Columns at most; the server has the same bound. */
const MOST_COLUMNS = 40;

/** Parses an address. What is not valid is left out, so that a mistyped link still opens. */
export function parseHuntAddress(search: URLSearchParams): HuntAddress {
  const columns = (search.get("columns") ?? "").split(",").filter((name) => name.trim() !== "" && name.length <= 200);
  return {
    language: ruleLanguage.safeParse(search.get("language")).data ?? "eql",
    query: search.get("query") ?? "",
    time: timeOf(search),
    columns: columns.length === 0 ? defaultHuntColumns : [...new Set(columns)].slice(0, MOST_COLUMNS),
  };
}

function timeOf(search: URLSearchParams): TimeChoice {
  const span = search.get("last") ?? "";
  if (isSpan(span)) {
    return { kind: "last", span };
  }
  const [from, to] = (["from", "to"] as const).map((edge) => {
    const time = Date.parse(search.get(edge) ?? "");
    return Number.isNaN(time) ? undefined : new Date(time).toISOString();
  });
  return from === undefined && to === undefined
    ? { kind: "all" }
    : { kind: "between", ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

export function isSpan(text: string): text is Span {
  return Object.hasOwn(spans, text);
}

/** The query of the address: only what differs from the defaults. */
export function buildHuntAddress({ language, query, time, columns }: HuntAddress): URLSearchParams {
  const search = new URLSearchParams();
  if (query !== "") {
    search.set("language", language);
    search.set("query", query);
  }
  if (time.kind === "last") {
    search.set("last", time.span);
  } else if (time.kind === "between") {
    for (const edge of ["from", "to"] as const) {
      const value = time[edge];
      if (value !== undefined) {
        search.set(edge, value);
      }
    }
  }
  if (columns.join() !== defaultHuntColumns.join()) {
    search.set("columns", columns.join());
  }
  return search;
}

/** The edges of the times that are searched, for a search that is run at `now`, in epoch milliseconds. */
export function windowOf(time: TimeChoice, now: number): { readonly from?: string; readonly to?: string } {
  switch (time.kind) {
    case "all":
      return {};
    case "last":
      return { from: new Date(now - spans[time.span]).toISOString() };
    case "between": {
      const { from, to } = time;
      return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    }
  }
}
