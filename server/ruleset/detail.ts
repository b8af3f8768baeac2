import type { RuleDetail, RuleVersion } from "#contracts/rule";
import { guideMarkdown } from "../detection/guide.ts";
import type { Rule } from "../detection/rule.ts";
import type { Playbooks } from "../playbooks/playbook.ts";
import type { Store } from "../store/port.ts";
import type { RuleVersionRecord } from "../store/rule-versions/port.ts";
import { evictionsOf } from "./evictions.ts";
import { ruleFiguresOf, ruleSummaryOf } from "./list.ts";
import type { RuleEntry, Ruleset } from "./ruleset.ts";
import { ruleStructureOf } from "./structure.ts";

/** The details of one rule, except its data-source coverage, which samples stored events. */
export async function ruleDetailOf(
  store: Store,
  ruleset: Ruleset,
  playbooks: Playbooks,
  entry: RuleEntry,
): Promise<RuleDetail> {
  const { rule } = entry;
  const [figures, perDay, exceptions, versions, evictions] = await Promise.all([
    ruleFiguresOf(store),
    store.alerts.perDay(rule.id),
    store.exceptions.all(),
    store.ruleVersions.of(rule.id),
    evictionsOf(store.engineState),
  ]);
  const choice = playbooks.forRule(rule.id);
  return {
    ...ruleSummaryOf(entry, figures),
    description: rule.description,
    query: rule.query,
    text: versions.find(({ hash }) => hash === entry.hash)?.text,
    falsePositives: [...rule.falsePositives],
    guide: guideMarkdown(rule.guide),
    references: [...rule.references],
    tags: [...rule.tags],
    author: [...rule.author],
    license: rule.license,
    techniques: named(rule.techniques, ruleset),
    structure: ruleStructureOf(rule, ruleset),
    filters: (rule.filters ?? []).map((filter) => ({ ...filter })),
    exceptionsInForce: exceptions
      .filter(({ disabledAt, ruleIds }) => disabledAt === undefined && ruleIds.includes(rule.id))
      .map(({ id, name, mode, hits }) => ({ id, name, mode, hits })),
    playbook:
      choice === undefined
        ? undefined
        : { id: choice.playbook.id, title: choice.playbook.title, because: choice.because },
    versions: versions.map((version) => versionOf(version, ruleset)),
    hitsPerDay: [...perDay],
    evictions: evictions.get(rule.id),
  };
}

/** Techniques without a name take the name from any other loaded rule. */
function named(techniques: Rule["techniques"], { techniqueNames }: Ruleset): RuleDetail["techniques"] {
  return techniques.map((technique) =>
    technique.name === technique.id
      ? { ...technique, name: techniqueNames.get(technique.id) ?? technique.id }
      : { ...technique },
  );
}

export function versionOf(record: RuleVersionRecord, { entries, versions }: Ruleset): RuleVersion {
  const { ruleId, hash, version, name, source, firstSeen, lastSeen } = record;
  const loaded = versions.some((one) => one.hash === hash && one.rule.id === ruleId);
  return {
    ruleId,
    hash,
    version,
    name,
    source,
    firstSeen: new Date(firstSeen).toISOString(),
    lastSeen: new Date(lastSeen).toISOString(),
    state: entries.get(ruleId)?.hash === hash ? "active" : loaded ? "loaded" : "earlier",
  };
}
