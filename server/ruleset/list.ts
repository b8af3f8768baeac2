import type { Severity } from "#contracts/alert";
import type { RulePage, RuleQuery, RuleSummary } from "#contracts/rule";
import { foldCase } from "../condition/fold-case.ts";
import type { Rule } from "../detection/rule.ts";
import { capitalised } from "../lib/capitalised.ts";
import { sortedPage } from "../lib/cursor.ts";
import { guideId, hasGuide } from "../playbooks/guide/of-rule.ts";
import type { Store } from "../store/port.ts";
import type { RuleEntry, Ruleset } from "./ruleset.ts";

/** Figures about rules, read from the store once for all rules. */
export interface RuleFigures {
  readonly alerts: ReadonlyMap<string, { readonly alerts: number; readonly openAlerts: number }>;
  /** Active exceptions by rule id. */
  readonly exceptions: ReadonlyMap<string, number>;
}

export async function ruleFiguresOf(store: Store): Promise<RuleFigures> {
  const [figures, all] = await Promise.all([store.alerts.countsByRule(), store.exceptions.all()]);
  const exceptions = new Map<string, number>();
  for (const id of all.filter(({ disabledAt }) => disabledAt === undefined).flatMap(({ ruleIds }) => ruleIds)) {
    exceptions.set(id, (exceptions.get(id) ?? 0) + 1);
  }
  return { alerts: new Map(figures.map((one) => [one.key, one])), exceptions };
}

export function ruleSummaryOf({ rule, enabled, folder }: RuleEntry, { alerts, exceptions }: RuleFigures): RuleSummary {
  return {
    id: rule.id,
    name: rule.name,
    version: rule.version,
    language: rule.language,
    severity: rule.severity,
    riskScore: rule.riskScore,
    buildingBlock: rule.buildingBlock,
    source: rule.source,
    folder,
    techniques: [...rule.techniques],
    tactics: [...tacticsOf(rule)],
    enabled,
    evaluable: rule.body.kind !== "not-evaluable",
    ...(rule.body.kind === "not-evaluable" ? { reason: rule.body.reason, at: rule.body.at } : {}),
    partOf: rule.partOf && [...rule.partOf],
    alerts: alerts.get(rule.id)?.alerts ?? 0,
    exceptions: exceptions.get(rule.id) ?? 0,
    // Whether steps can be compiled from it is not asked here: that takes seconds for thousands of rules.
    guidePlaybookId: hasGuide(rule) ? guideId(rule.id) : undefined,
  };
}

/** Tactics from the techniques of a rule, or from its Sigma tags (`attack.lateral-movement`). */
export function tacticsOf({ techniques, tags }: Pick<Rule, "techniques" | "tags">): readonly string[] {
  const named = techniques.flatMap(({ tactic }) => tactic ?? []);
  const tagged = tags.flatMap((tag) => {
    const [, name] = /^attack\.([a-z][a-z_-]+)$/i.exec(tag) ?? [];
    return name === undefined ? [] : [tacticName(name)];
  });
  return [...new Set([...named, ...tagged])].sort();
}

function tacticName(tag: string): string {
  const words = tag.toLowerCase().split(/[_-]/);
  return words.map((word) => (word === "and" ? word : capitalised(word))).join(" ");
}

type Facet = keyof RulePage["facets"];

const facets: Readonly<Record<Facet, (rule: RuleSummary) => readonly string[]>> = {
  language: ({ language }) => [language],
  severity: ({ severity }) => [severity],
  tactic: ({ tactics }) => tactics,
  folder: ({ folder }) => [folder],
  state: ({ enabled, evaluable }) => [enabled ? (evaluable ? "runs" : "not evaluable") : "turned off"],
  guide: ({ guidePlaybookId }) => [guidePlaybookId === undefined ? "without guide" : "with guide"],
};
const facetNames: readonly Facet[] = ["state", "severity", "language", "tactic", "folder", "guide"];

/** One page of the filtered rules, with facet counts. Computed in memory. */
export function rulePageOf(ruleset: Ruleset, figures: RuleFigures, query: RuleQuery): RulePage {
  const found = searched(ruleset, query).map((entry) => ruleSummaryOf(entry, figures));
  const passes = (rule: RuleSummary, facet: Facet) => {
    const chosen: readonly string[] = query[facet];
    return chosen.length === 0 || facets[facet](rule).some((value) => chosen.includes(value));
  };
  const passing = found.filter((rule) => facetNames.every((facet) => passes(rule, facet)));
  const counted = (facet: Facet) => {
    const others = facetNames.filter((other) => other !== facet);
    return tally(found.filter((rule) => others.every((other) => passes(rule, other))).flatMap(facets[facet]));
  };
  const keyOf = sortKeys[query.sort];
  const page = sortedPage(passing, query, {
    types: [numericSorts.has(query.sort) ? "number" : "string", "string", "string"],
    keyOf: (rule) => [keyOf(rule), rule.name, rule.id],
    directions: [query.ascending ? 1 : -1],
  });
  return {
    ...page,
    items: [...page.items],
    loaded: ruleset.rules.length,
    facets: {
      language: counted("language"),
      severity: counted("severity"),
      tactic: counted("tactic"),
      folder: counted("folder"),
      state: counted("state"),
      guide: counted("guide"),
    },
  };
}

/**
 * Rules that contain all words of the text in name, id, file, techniques or tags, and that have the indicator.
 */
function searched(ruleset: Ruleset, { text, field, value }: RuleQuery): readonly RuleEntry[] {
  const words = foldCase(text ?? "")
    .split(/\s+/)
    .filter((word) => word !== "");
  const ids =
    field === undefined || value === undefined ? undefined : new Set(ruleset.indicators.rulesWith({ field, value }));
  return [...ruleset.entries.values()].filter(({ rule }) => {
    if (ids !== undefined && !ids.has(rule.id)) {
      return false;
    }
    if (words.length === 0) {
      return true;
    }
    const { name, id, source, techniques, tags } = rule;
    const within = foldCase(
      [name, id, source, ...techniques.map((one) => `${one.id} ${one.name}`), ...tags].join("\n"),
    );
    return words.every((word) => within.includes(word));
  });
}

const severities: readonly Severity[] = ["low", "medium", "high", "critical"];

const numericSorts: ReadonlySet<RuleQuery["sort"]> = new Set(["severity", "risk", "alerts"]);

/** What the list is sorted by; name and id break ties. */
const sortKeys: Readonly<Record<RuleQuery["sort"], (rule: RuleSummary) => string | number>> = {
  name: ({ name }) => name,
  // Among equal severities rules that run come last in ascending order, then by their score of at most 100.
  severity: ({ severity, evaluable, riskScore }) =>
    severities.indexOf(severity) * 1000 + Number(evaluable) * 200 + riskScore,
  risk: ({ riskScore }) => riskScore,
  language: ({ language }) => language,
  alerts: ({ alerts }) => alerts,
  version: ({ version }) => version,
};

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function tally(values: readonly string[]): RulePage["facets"]["language"] {
  const counts = new Map<string, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((left, right) => right.count - left.count || compareText(left.value, right.value));
}
