import type { Problem } from "#contracts/problem";
import type { ParsedFrontMatter } from "./front-matter.ts";
import type { Check, Playbook } from "./playbook.ts";

/** The playbook without references to what does not exist; each is a warning. */
export function withValidReferences<P extends Omit<Playbook, "warnings">>(
  playbook: P,
  head: ParsedFrontMatter,
  lineOfStep: ReadonlyMap<string, number>,
  unreadable: ReadonlySet<string>,
  warnings: Problem[],
): P {
  const { file } = playbook;
  const groupsOf = new Map(playbook.queries.map((query) => [query.id, query.groups.length]));
  const stepIds = new Set(playbook.steps.map((step) => step.id));
  const steps = playbook.steps.map((step) => {
    for (const id of step.queryIds.filter((query) => !groupsOf.has(query) && !unreadable.has(query))) {
      warnings.push({
        code: "playbook.unresolved-query",
        message: `step "${step.id}" refers to the query "${id}", which does not exist`,
        at: { file, line: lineOfStep.get(step.id) },
        remedy: `Queries of this file: ${[...groupsOf.keys()].join(", ") || "none"}.`,
      });
    }
    return { ...step, queryIds: step.queryIds.filter((id) => groupsOf.has(id)) };
  });
  const checks = playbook.checks.filter((check) => {
    const found = referenceProblem(check, stepIds, groupsOf, unreadable);
    if (found !== undefined) {
      const path = ["checks", check.id, ...(found.key === undefined ? [] : [found.key])];
      const message = `${found.message}; the check is left out`;
      warnings.push({ code: found.code, message, at: { file, ...head.placeOf(path), field: path.join(".") } });
    }
    return found === undefined;
  });
  const used = new Set(steps.flatMap((step) => step.queryIds));
  for (const id of [...groupsOf.keys()].filter((query) => !used.has(query))) {
    warnings.push({
      code: "playbook.unused-query",
      message: `no step uses the query "${id}"`,
      at: { file, ...head.placeOf(["queries", id]) },
    });
  }
  if (playbook.decision.benign === "anchors" && !steps.some((step) => step.anchor)) {
    warnings.push({
      code: "playbook.no-anchor",
      message: "no step is an anchor, so no alert can be closed as benign with this playbook",
      at: { file, line: 1 },
    });
  }
  const { ruleIds, techniques, tags, events, fallback } = playbook.applies;
  if (ruleIds.length + techniques.length + tags.length === 0 && events === undefined && !fallback) {
    const message = "it names no rules, techniques, tags or events, so alerts get it only if somebody chooses it";
    warnings.push({ code: "playbook.no-rules", message, at: { file, line: 1 } });
  }
  return { ...playbook, steps, checks };
}

/** What of a check refers to nothing. */
function referenceProblem(
  check: Check,
  stepIds: ReadonlySet<string>,
  groupsOf: ReadonlyMap<string, number>,
  unreadable: ReadonlySet<string>,
): { readonly code: Problem["code"]; readonly message: string; readonly key?: string } | undefined {
  if (!stepIds.has(check.stepId)) {
    const message = `check "${check.id}" refers to the step "${check.stepId}", which does not exist`;
    return { code: "playbook.unresolved-step", message, key: "step" };
  }
  if (check.on !== "alert" && !groupsOf.has(check.on)) {
    const why = unreadable.has(check.on) ? "which cannot be read" : "which does not exist";
    const message = `check "${check.id}" refers to the query "${check.on}", ${why}`;
    return { code: "playbook.unresolved-query", message, key: "on" };
  }
  const groups = groupsOf.get(check.on) ?? 0;
  if (check.group !== undefined && check.group >= groups) {
    const message = `check "${check.id}" refers to group ${check.group + 1} of "${check.on}", which has ${groups}`;
    return { code: "playbook.unresolved-group", message, key: "group" };
  }
  return check.on === "alert" && check.where === undefined
    ? { code: "playbook.check-without-condition", message: `check "${check.id}" on the alert has no condition` }
    : undefined;
}
