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
  /** One after the other, as most callers want the first only: a guide is compiled when it comes to that. */
  function* ofRule(ruleId: string): Generator<PlaybookChoice> {
    const rule = ruleOf(ruleId);
    const named = [...(byRule.get(ruleId) ?? []), ...(byRuleName.get(nameOf(rule)) ?? [])];
    yield* choices(inOrder(named), { kind: "rule" });
    const guide = rule === undefined ? undefined : guideOfRule(rule);
    yield* choices(guide && [guide], { kind: "guide" });
    yield* ofTechniques(rule?.techniques ?? []);
    for (const tag of rule?.tags ?? []) {
      yield* choices(byTag.get(tag.toLowerCase()), { kind: "tag", tag });
    }
  }
  function* ofTechniques(techniques: PlaybookSubject["techniques"]): Generator<PlaybookChoice> {
    for (const id of techniquesOf(techniques)) {
      yield* choices(byTechnique.get(id), { kind: "technique", id });
    }
  }
  const get = (id: string): Playbook | undefined => {
    const ruleId = ruleIdOfGuide(id);
    const rule = ruleId === undefined ? undefined : ruleOf(ruleId);
    return byId.get(id) ?? (rule === undefined ? undefined : guideOfRule(rule));
  };
  function* fitting(alert: PlaybookSubject): Generator<PlaybookChoice> {
    const { chosenPlaybook: chosen } = alert;
    const playbook = chosen && get(chosen.id);
    if (chosen !== undefined && playbook !== undefined) {
      yield { playbook, because: { kind: "chosen", by: chosen.actor, at: new Date(chosen.at).toISOString() } };
    }
    yield* ofRule(alert.rule.id);
    yield* ofTechniques(alert.techniques);
    const fields = alert.sequence?.last ?? alert.fields;
    for (const one of byEvents) {
      if (one.matches(fields)) {
        yield { playbook: one.playbook, because: { kind: "events", label: one.label } };
      }
    }
    yield* choices(fallbacks, { kind: "fallback" });
  }
  return {
    all,
    ruleOf,
    overrides: overridesOf(loaded, byId, byRule),
    get,
    choicesFor: (alert) => distinct([...fitting(alert)]),
    forAlert: (alert) => fitting(alert).next().value?.playbook,
    forRule: (ruleId) => ofRule(ruleId).next().value,
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
