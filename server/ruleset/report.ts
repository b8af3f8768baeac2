import type { RuleFinding, RuleReport } from "#contracts/rule-report";
import type { WorkProgress } from "#contracts/work";
import type { Store } from "../store/port.ts";
import { dataSourceCoverageOf } from "./coverage.ts";
import { evictionsOf } from "./evictions.ts";
import type { RuleEntry, Ruleset } from "./ruleset.ts";
import type { SeenFields } from "./seen-fields.ts";

type Quality = RuleReport["rules"][number];

/** A rule with at least this many alerts and more than this share of all alerts is noisy. */
const NOISE = { alerts: 20, share: 0.1 };

const order: readonly RuleFinding[] = [
  "noisy",
  "fires",
  "counted by others",
  "silent",
  "no source",
  "not evaluable",
  "turned off",
];

/** The quality report: which rules match, which cannot, and which could but did not. */
export async function ruleReportOf(
  store: Store,
  ruleset: Pick<Ruleset, "entries">,
  seen: SeenFields,
  onProgress?: (progress: WorkProgress) => void,
): Promise<RuleReport> {
  const figures = new Map((await store.alerts.countsByRule()).map((one) => [one.key, one]));
  const all = [...figures.values()].reduce((sum, { alerts }) => sum + alerts, 0);
  const evictions = await evictionsOf(store.engineState);
  const rules: Quality[] = [];
  for (const entry of ruleset.entries.values()) {
    const quality = qualityOf(entry, figures.get(entry.rule.id) ?? { alerts: 0, openAlerts: 0 }, all, seen);
    rules.push({ ...quality, evictions: evictions.get(entry.rule.id) });
    onProgress?.({ done: rules.length, total: ruleset.entries.size, unit: "rules" });
  }
  const bySource = new Map<string, number>();
  for (const { source, events } of seen.kinds) {
    bySource.set(source, (bySource.get(source) ?? 0) + events);
  }
  return {
    rules: rules.toSorted(
      (left, right) => order.indexOf(left.finding) - order.indexOf(right.finding) || right.alerts - left.alerts,
    ),
    totals: order.map((finding) => ({ finding, count: rules.filter((rule) => rule.finding === finding).length })),
    reasons: reasonsOf(rules),
    events: seen.stored,
    sampled: seen.sampled,
    sources: [...bySource].map(([source, events]) => ({ source, events })),
  };
}

function qualityOf(
  { rule, enabled }: RuleEntry,
  { alerts, openAlerts }: { readonly alerts: number; readonly openAlerts: number },
  all: number,
  seen: SeenFields,
): Quality {
  const sources = dataSourceCoverageOf(rule, seen);
  const found = findingOf();
  const { id, name, version, language, severity, source } = rule;
  return {
    id,
    name,
    version,
    language,
    severity,
    source,
    alerts,
    open: openAlerts,
    ...(found.finding === "no source" ? { lack: sources.lack } : {}),
    ...found,
  };

  function findingOf(): Pick<Quality, "finding" | "reason" | "at"> {
    if (rule.body.kind === "not-evaluable") {
      return { finding: "not evaluable", reason: rule.body.reason, at: rule.body.at };
    }
    if (!enabled) {
      return {
        finding: "turned off",
        reason: alerts > 0 ? `It raised ${alerts.toLocaleString("en")} alerts before it was disabled.` : "Disabled.",
      };
    }
    if (rule.partOf !== undefined && rule.partOf.length > 0) {
      const by = rule.partOf.map((correlation) => correlation.name).join(", ");
      return { finding: "counted by others", reason: `Raises no alerts of its own: used by ${by}.` };
    }
    if (alerts >= NOISE.alerts && alerts / all >= NOISE.share) {
      return {
        finding: "noisy",
        reason: `${Math.round((100 * alerts) / all)} % of all ${all.toLocaleString("en")} alerts.`,
      };
    }
    if (alerts > 0) {
      return { finding: "fires", reason: sources.sentence };
    }
    return sources.loaded === "yes"
      ? { finding: "silent", reason: `No matches although data was available. ${sources.sentence}` }
      : { finding: "no source", reason: sources.sentence };
  }
}

/** Why rules have no source: how many for each reason, and what most of them lack. */
function reasonsOf(rules: readonly Quality[]): RuleReport["reasons"] {
  const lacks = rules.flatMap(({ lack }) => lack ?? []);
  return [...Map.groupBy(lacks, ({ kind, what }) => `${kind} ${what}`).values()]
    .flatMap((some) => {
      const [first] = some;
      const names = Map.groupBy(
        some.flatMap((lack) => lack.names),
        (name) => name,
      );
      const counted = [...names].map(([name, each]) => ({ name, count: each.length }));
      return first === undefined
        ? []
        : [
            {
              kind: first.kind,
              what: first.what,
              count: some.length,
              names: counted.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)).slice(0, NAMED),
            },
          ];
    })
    .toSorted((a, b) => b.count - a.count);
}

const NAMED = 10;
