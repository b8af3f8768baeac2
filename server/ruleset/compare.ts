import type { RuleComparison } from "#contracts/rule";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Rule } from "../detection/rule.ts";
import { readRules } from "../detection/rule-files/load.ts";
import { diff } from "../lib/diff.ts";
import { ok } from "../lib/result.ts";
import type { RuleVersionRecord } from "../store/rule-versions/port.ts";
import { versionOf } from "./detail.ts";
import type { Ruleset } from "./ruleset.ts";
import { indicatorsOfRule, ruleStructureOf } from "./structure.ts";

/** The rule of a stored text, with the current macros; `undefined` if it does not load. */
export function ruleOfVersion({ ruleId, source, text }: RuleVersionRecord, macros: Macros): Rule | undefined {
  const { versions } = readRules([{ file: source, source, text: ok(text) }], macros);
  return versions.find(({ rule }) => rule.id === ruleId)?.rule;
}

/** Compares two versions: lines, predicates, exclusions and indicators. */
export function compareVersionTexts(
  left: RuleVersionRecord,
  right: RuleVersionRecord,
  ruleset: Ruleset,
): RuleComparison {
  const sides = [left, right].map((record) => {
    const rule = ruleOfVersion(record, ruleset.macros);
    const stages = rule === undefined ? [] : ruleStructureOf(rule, ruleset).stages;
    const mark = (index: number) => (stages.length > 1 ? `stage ${index + 1}: ` : "");
    return {
      note:
        rule === undefined
          ? `Version ${record.version} no longer loads.`
          : rule.body.kind === "not-evaluable"
            ? `Version ${record.version} is not evaluable: ${rule.body.reason}.`
            : undefined,
      predicates: stages.flatMap(({ predicates }, index) => predicates.map(({ text }) => mark(index) + text)),
      exclusions: stages.flatMap(({ exclusions }, index) => exclusions.map(({ text }) => mark(index) + text)),
      indicators: rule === undefined ? [] : indicatorsOfRule(rule).map(({ field, value }) => ({ field, value })),
    };
  });
  const [one, other] = sides;
  const both = <T>(of: (side: NonNullable<typeof one>) => readonly T[], key: (item: T) => string = String) =>
    diff(one === undefined ? [] : of(one), other === undefined ? [] : of(other), key).map(({ side, item }) => ({
      side,
      item,
    }));
  return {
    left: versionOf(left, ruleset),
    right: versionOf(right, ruleset),
    text: diff(left.text.split(/\r?\n/), right.text.split(/\r?\n/)).map(({ item, ...rest }) => ({
      ...rest,
      line: item,
    })),
    predicates: both((side) => side.predicates),
    exclusions: both((side) => side.exclusions),
    indicators: both(
      (side) => side.indicators,
      ({ field, value }) => `${field}\n${value.toLowerCase()}`,
    ),
    notes: sides.flatMap(({ note }) => note ?? []),
  };
}
