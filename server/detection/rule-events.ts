import { and, type Condition, exists } from "../condition/tree.ts";
import { assertNever } from "../lib/result.ts";
import { eventInputs } from "./correlation/plan.ts";
import type { Rule } from "./rule.ts";
import type { JoinKey } from "./sequence/plan.ts";

/** The events that must occur, with their join fields; events that must not occur need no source. */
export function neededEvents({ body }: Rule): readonly { readonly title: string; readonly condition: Condition }[] {
  switch (body.kind) {
    case "not-evaluable":
      return [];
    case "event":
    case "grouped":
      return [{ title: "the event", condition: body.condition }];
    case "correlation":
      return eventInputs(body.plan).map(({ rule, condition, keys }) => ({
        title: rule.name,
        condition: body.plan.onMissingKey === "exclude" ? tied(condition, keys) : condition,
      }));
    case "sequence":
      return body.plan.stages.flatMap(({ condition, keys, missing }, index) =>
        missing ? [] : [{ title: `stage ${index + 1}`, condition: tied(condition, keys) }],
      );
    default:
      return assertNever(body);
  }
}

/** An event without a value for a required join key cannot match. */
function tied(condition: Condition, keys: readonly JoinKey[]): Condition {
  return and(condition, ...keys.flatMap(({ field, optional }) => (optional ? [] : [exists(field)])));
}
