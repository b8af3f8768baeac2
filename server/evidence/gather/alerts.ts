import type { BundledAlert, BundleSections } from "#contracts/bundle";
import type { AlertRecord } from "../../alert/record.ts";
import type { Rule } from "../../detection/rule.ts";
import { pauses } from "../../lib/pause.ts";
import { alertVerdicts } from "../../playbooks/incident-verdict.ts";
import type { AnswersByAlert, AskedAlert } from "../../playbooks/questions.ts";
import type { Store } from "../../store/port.ts";
import { summariesOf } from "../../triage/alert-summary.ts";
import { matchedPartsOf } from "../../triage/matched-parts.ts";
import { withOverridden } from "../../triage/overridden.ts";

/** Ids of all events that an alert was raised on, as far as it lists them. */
export function eventsOf({ sources, sequence }: AlertRecord): readonly string[] {
  return [...new Set([...(sequence?.eventIds ?? []), ...sources.map(({ eventId }) => eventId)])];
}

/** The alerts with the parts of their rules that matched. */
export async function alertsSection(
  store: Store,
  rules: ReadonlyMap<string, Rule>,
  asked: readonly AskedAlert[],
  counting: AnswersByAlert,
  onProgress: (done: number) => void,
): Promise<BundledAlert[]> {
  const summaries = await withOverridden(
    store,
    await summariesOf(
      store,
      asked.map(({ alert }) => alert),
    ),
  );
  const verdicts = alertVerdicts(asked, counting);
  const pause = pauses();
  const alerts: BundledAlert[] = [];
  for (const [index, { alert }] of asked.entries()) {
    await pause();
    const summary = summaries[index];
    if (summary === undefined) {
      continue;
    }
    const matched = await matchedPartsOf(store.events, rules.get(alert.rule.id), alert);
    alerts.push({
      ...summary,
      matched: matched.map((part) => ({ ...part, values: [...part.values] })),
      outcome: verdicts[index]?.outcome,
      events: [...eventsOf(alert)],
    });
    onProgress(index + 1);
  }
  return alerts;
}

/** The rules of the alerts, each with all texts of it that ran here. */
export async function rulesSection(
  { ruleVersions }: Pick<Store, "ruleVersions">,
  rules: ReadonlyMap<string, Rule>,
  asked: readonly AskedAlert[],
): Promise<BundleSections["rules"]> {
  const byRule = Map.groupBy(asked, ({ alert }) => alert.rule.id);
  const found = await Promise.all(
    [...byRule].map(async ([id, [first, ...others]]) => {
      const versions = await ruleVersions.of(id);
      const rule = rules.get(id);
      return first === undefined
        ? []
        : [
            {
              ...first.alert.rule,
              alerts: 1 + others.length,
              loaded: rule && loadedRule(rule),
              versions: versions.map(({ version, hash, source, firstSeen, lastSeen }) => ({
                version,
                hash,
                source,
                firstSeen: new Date(firstSeen).toISOString(),
                lastSeen: new Date(lastSeen).toISOString(),
              })),
            },
          ];
    }),
  );
  return found.flat().sort((a, b) => b.alerts - a.alerts || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function loadedRule(rule: Rule): BundleSections["rules"][number]["loaded"] {
  const { severity, description, query, source, license, falsePositives, references, techniques } = rule;
  return {
    ...{ severity, description, query, source, license },
    falsePositives: [...falsePositives],
    references: [...references],
    techniques: [...techniques],
  };
}
