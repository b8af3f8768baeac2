import type { Breadth, CoveredActivity, MeasuredBreadth } from "#contracts/exception-breadth";
import { coverageWords, number } from "./words.ts";

const levels = ["narrow", "acceptable", "broad", "refused"] as const satisfies readonly Breadth["level"][];

export function widerOf(left: Breadth["level"], right: Breadth["level"]): Breadth["level"] {
  return levels.indexOf(left) > levels.indexOf(right) ? left : right;
}

export function levelOf(score: number): Breadth["level"] {
  return score >= 30 ? "broad" : score >= 8 ? "acceptable" : "narrow";
}

export function refusal(text: string, reasons: Breadth["reasons"] = []): Breadth {
  return { score: 100, level: "refused", reasons: [...reasons, { weight: "refusal", text }] };
}

/** An exception for nearly all of so many alerts of so many kinds replaces the rule by silence. */
const silenced = { share: 0.9, alerts: 20, templates: 10 } as const;

/** Judges what the whole draft covers in what is stored. */
export function judgeMeasured({ alerts, together }: MeasuredBreadth): Breadth {
  if (alerts === 0) {
    const text = "No alert of these rules is stored: judged by the form of the entries only.";
    return { score: 0, level: "narrow", reasons: [{ weight: "warning", text }] };
  }
  if (together.alerts === 0) {
    const text = `Covers none of the ${number(alerts)} stored alerts of its rules.`;
    return { score: 0, level: "narrow", reasons: [{ weight: "warning", text }] };
  }
  const covers = `Covers ${coverageWords(together)}.`;
  if (
    (together.ruleShare ?? 0) >= silenced.share &&
    alerts >= silenced.alerts &&
    together.templates.count >= silenced.templates
  ) {
    return refusal(`${covers} That silences the rule: name the activities that are expected, or disable the rule.`);
  }
  const score = scoreOf(together);
  const level = levelOf(score);
  return { score, level, reasons: [{ weight: level === "narrow" ? "good" : "warning", text: covers }] };
}

/**
 * What is covered, from 0 to 100: many different activities weigh most, then hosts, users, parents and rules, then how
 * much of a large number of alerts it is. One more of few weighs more than one more of many.
 */
function scoreOf({ alerts, ruleShare = 0, templates, hosts, users, parents, rules }: CoveredActivity): number {
  const parts = [
    0.6 * spread(templates.count, 16),
    0.5 * spread(hosts.count, 200),
    0.3 * spread(users.count, 20),
    0.3 * spread(parents.count, 12),
    0.3 * spread(rules.count, 8),
    0.3 * spread(alerts, 10_000) * ruleShare,
  ];
  return Math.round(100 * (1 - parts.reduce((left, part) => left * (1 - part), 1)));
}

/** From 0 for one to 1 for `many` and more. */
function spread(count: number, many: number): number {
  return count <= 1 ? 0 : Math.min(1, Math.log(count) / Math.log(many));
}
