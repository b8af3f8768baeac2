import type { PlaybookReason } from "#contracts/playbook";
import type { Problem } from "#contracts/problem";
import { compileCondition } from "../condition/evaluate.ts";
import type { Rule } from "../detection/rule.ts";
import { guideOfRule, ruleIdOfGuide } from "./guide/of-rule.ts";
import type { Playbook, PlaybookChoice, PlaybookSubject, Playbooks } from "./playbook.ts";

/** The rules whose guides and tags count. They may be loaded again at any time. */
export type RuleOf = (id: string) => Rule | undefined;

const noRules: RuleOf = () => undefined;

/**
 * Combines playbooks with the guides of rules. The order of precedence: somebody's choice, a playbook that names the
 * rule, the guide of the rule, a playbook for a technique or a tag of the rule, one for the kind of event, the fallback.
 * Of two that fit equally well the first one counts, so own folders come before shipped ones. What that makes of no use
 * is a problem.
 */
export function collectPlaybooks(
  loaded: readonly Playbook[],
  problems: Problem[],
  ruleOf: RuleOf = noRules,
): Playbooks {
  const all = withDistinctIds(loaded, problems);
  const byId = new Map(all.map((playbook) => [playbook.id, playbook]));
  const byRule = firstBy(all, ({ applies }) => applies.ruleIds);
  const byTechnique = firstBy(all, ({ applies }) => applies.techniques);
  const byTag = firstBy(all, ({ applies }) => applies.tags.map((tag) => tag.toLowerCase()));
  const byEvents = all.flatMap((playbook) => {
    const { events } = playbook.applies;
    return events === undefined
      ? []
      : [{ playbook, label: events.label, matches: compileCondition(events.where.condition) }];
  });
  const [fallback, ...others] = all.filter(({ applies }) => applies.fallback);
  problems.push(...others.map((other) => conflict(other, `${fallback?.file} is already the fallback`)));

  const ofRule = (ruleId: string): readonly PlaybookChoice[] => {
    const rule = ruleOf(ruleId);
    const guide = rule === undefined ? undefined : guideOfRule(rule);
    return [
      ...choices(byRule.get(ruleId), { kind: "rule" }),
      ...choices(guide, { kind: "guide" }),
      ...techniquesOf(rule?.techniques ?? []).flatMap((id) => choices(byTechnique.get(id), { kind: "technique", id })),
      ...(rule?.tags ?? []).flatMap((tag) => choices(byTag.get(tag.toLowerCase()), { kind: "tag", tag })),
    ];
  };
  const get = (id: string): Playbook | undefined => {
    const ruleId = ruleIdOfGuide(id);
    const rule = ruleId === undefined ? undefined : ruleOf(ruleId);
    return byId.get(id) ?? (rule === undefined ? undefined : guideOfRule(rule));
  };
  const choicesFor = (alert: PlaybookSubject): readonly PlaybookChoice[] => {
    const { chosenPlaybook: chosen } = alert;
    const fields = alert.sequence?.last ?? alert.fields;
    return distinct([
      ...(chosen === undefined
        ? []
        : choices(get(chosen.id), {
            kind: "chosen",
            by: chosen.actor,
            at: new Date(chosen.at).toISOString(),
          })),
      ...ofRule(alert.rule.id),
      ...techniquesOf(alert.techniques).flatMap((id) => choices(byTechnique.get(id), { kind: "technique", id })),
      ...byEvents.flatMap(({ playbook, label, matches }) =>
        matches(fields) ? choices(playbook, { kind: "events", label }) : [],
      ),
      ...choices(fallback, { kind: "fallback" }),
    ]);
  };
  return {
    all,
    get,
    choicesFor,
    forAlert: (alert) => choicesFor(alert)[0]?.playbook,
    forRule: (ruleId) => ofRule(ruleId)[0],
  };
}

function choices(playbook: Playbook | undefined, because: PlaybookReason): readonly PlaybookChoice[] {
  return playbook === undefined ? [] : [{ playbook, because }];
}

function distinct(all: readonly PlaybookChoice[]): readonly PlaybookChoice[] {
  return all.filter((one, index) => all.findIndex(({ playbook }) => playbook.id === one.playbook.id) === index);
}

/** The ids of techniques; sub-techniques before the technique that they belong to. */
function techniquesOf(techniques: readonly { readonly id: string }[]): readonly string[] {
  const ids = techniques.map(({ id }) => id);
  const parents = ids.flatMap((id) => (id.includes(".") ? [id.slice(0, id.indexOf("."))] : []));
  return [...new Set([...ids.filter((id) => id.includes(".")), ...ids, ...parents])];
}

function withDistinctIds(loaded: readonly Playbook[], problems: Problem[]): readonly Playbook[] {
  const byId = new Map<string, Playbook>();
  for (const playbook of loaded) {
    const known = byId.get(playbook.id);
    if (known === undefined) {
      byId.set(playbook.id, playbook);
    } else {
      problems.push(conflict(playbook, `the id "${playbook.id}" is already used by ${known.file}`));
    }
  }
  return [...byId.values()];
}

function firstBy(
  all: readonly Playbook[],
  keysOf: (playbook: Playbook) => readonly string[],
): ReadonlyMap<string, Playbook> {
  const first = new Map<string, Playbook>();
  for (const playbook of all) {
    for (const key of keysOf(playbook)) {
      if (!first.has(key)) {
        first.set(key, playbook);
      }
    }
  }
  return first;
}

function conflict(playbook: Playbook, message: string): Problem {
  return { code: "playbook.conflict", message, at: { file: playbook.file, line: 1 }, remedy: "Remove one of the two." };
}
