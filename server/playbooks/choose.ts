import { join } from "node:path";
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
 * rule, the guide of the rule, a playbook for a technique or a tag of the rule, one for the kind of event, and the
 * fallback. Of two that fit equally well the first one counts, so own folders come before shipped ones. See
 * docs/decisions/0077.
 */
export function collectPlaybooks(loaded: readonly Playbook[], ruleOf: RuleOf = noRules): Playbooks {
  const byId = new Map(loaded.toReversed().map((playbook) => [playbook.id, playbook]));
  const all = loaded.filter((playbook) => byId.get(playbook.id) === playbook);
  const byRule = listedBy(all, ({ applies }) => applies.ruleIds);
  const byRuleName = listedBy(all, ({ applies }) => (applies.ruleNames ?? []).map((name) => name.toLowerCase()));
  const byTechnique = listedBy(all, ({ applies }) => applies.techniques);
  const byTag = listedBy(all, ({ applies }) => applies.tags.map((tag) => tag.toLowerCase()));
  const byEvents = all.flatMap((playbook) => {
    const { events } = playbook.applies;
    return events === undefined
      ? []
      : [{ playbook, label: events.label, matches: compileCondition(events.where.condition) }];
  });
  const fallbacks = all.filter(({ applies }) => applies.fallback);

  const places = new Map(all.map(({ id }, place) => [id, place]));
  const inOrder = (some: readonly Playbook[]) =>
    some.toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
  const ofRule = (ruleId: string): readonly PlaybookChoice[] => {
    const rule = ruleOf(ruleId);
    const guide = rule === undefined ? undefined : guideOfRule(rule);
    return [
      ...choices(inOrder([...(byRule.get(ruleId) ?? []), ...(byRuleName.get(nameOf(rule)) ?? [])]), { kind: "rule" }),
      ...(guide === undefined ? [] : choices([guide], { kind: "guide" })),
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
        : choices(
            [get(chosen.id)].filter((one) => one !== undefined),
            {
              kind: "chosen",
              by: chosen.actor,
              at: new Date(chosen.at).toISOString(),
            },
          )),
      ...ofRule(alert.rule.id),
      ...techniquesOf(alert.techniques).flatMap((id) => choices(byTechnique.get(id), { kind: "technique", id })),
      ...byEvents.flatMap(({ playbook, label, matches }) =>
        matches(fields) ? choices([playbook], { kind: "events", label }) : [],
      ),
      ...choices(fallbacks, { kind: "fallback" }),
    ]);
  };
  return {
    all,
    ruleOf,
    overrides: overridesOf(loaded, byId, byRule),
    get,
    choicesFor,
    forAlert: (alert) => choicesFor(alert)[0]?.playbook,
    forRule: (ruleId) => ofRule(ruleId)[0],
  };
}

function nameOf(rule: Rule | undefined): string {
  return rule?.name.toLowerCase() ?? "";
}

function choices(playbooks: readonly Playbook[] = [], because: PlaybookReason): readonly PlaybookChoice[] {
  return playbooks.map((playbook) => ({ playbook, because }));
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

function listedBy(
  all: readonly Playbook[],
  keysOf: (playbook: Playbook) => readonly string[],
): ReadonlyMap<string, readonly Playbook[]> {
  const found = all.flatMap((playbook) => [...new Set(keysOf(playbook))].map((key) => ({ key, playbook })));
  return new Map(
    [...Map.groupBy(found, ({ key }) => key)].map(([key, some]) => [key, some.map(({ playbook }) => playbook)]),
  );
}

/** Which playbooks others take the place of: with the same id, for the same rule, or as the fallback. */
function overridesOf(
  loaded: readonly Playbook[],
  byId: ReadonlyMap<string, Playbook>,
  byRule: ReadonlyMap<string, readonly Playbook[]>,
): readonly Problem[] {
  const over = (one: Playbook, other: Playbook, what: string, remedy?: string): Problem => ({
    code: "playbook.overridden",
    message: `${what}: ${placeOf(one)} is used, and not ${placeOf(other)}`,
    at: { file: other.file, line: 1 },
    remedy,
  });
  const [fallback, ...others] = loaded.filter((one) => one.applies.fallback && byId.get(one.id) === one);
  return [
    ...loaded.flatMap((one) => {
      const used = byId.get(one.id);
      return used === undefined || used === one ? [] : [over(used, one, `Two playbooks have the id "${one.id}"`)];
    }),
    ...[...byRule].flatMap(([ruleId, [first, ...rest]]) =>
      first === undefined
        ? []
        : rest.map((other) => over(first, other, `Rule ${ruleId}`, "The other one can be chosen for an alert.")),
    ),
    ...(fallback === undefined ? [] : others.map((other) => over(fallback, other, "Alerts that nothing else fits"))),
  ];
}

/** Two folders may have a file of the same name. */
function placeOf({ folder, file }: Playbook): string {
  return folder === undefined ? file : join(folder, file);
}
