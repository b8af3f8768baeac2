import type { StemmaEvent } from "../../event/event.ts";
import type { Rule } from "../rule.ts";
import { type GroupKeys, groupKeysOf, mergeGroupKeys, type Occurrence, type ParentPlan } from "./occurrence.ts";
import type { CorrelationInput, CorrelationPlan } from "./plan.ts";

/** A plan of a rule: the first node is the rule's own plan, followed by the plans whose findings it counts. */
export interface PlanNode {
  readonly plan: CorrelationPlan;
  /** The input of another node that counts its findings; findings of the first node are the rule's. */
  readonly parent: { readonly node: number; readonly index: number; readonly input: CorrelationInput } | undefined;
}

/** An input that is a condition on events, with its node and its index among the inputs of the node. */
export interface EventInput {
  readonly node: number;
  readonly index: number;
  readonly input: CorrelationInput & { readonly kind: "events" };
}

/** A correlation rule with its plans and its conditions on events. */
export interface CorrelationRule {
  readonly rule: Rule;
  readonly plan: CorrelationPlan;
  readonly nodes: readonly PlanNode[];
  readonly eventInputs: readonly EventInput[];
}

/** A group of a plan that an event belongs to. */
export interface GroupMatch extends Pick<Occurrence, "inputs" | "values" | "parent"> {
  /** The index of the plan in `CorrelationRule.nodes`. */
  readonly node: number;
  readonly tuple: string;
}

export function flattenPlan(rule: Rule, plan: CorrelationPlan): CorrelationRule {
  const nodes: PlanNode[] = [];
  const eventInputs: EventInput[] = [];
  const visit = (visited: CorrelationPlan, parent: PlanNode["parent"]): void => {
    const node = nodes.push({ plan: visited, parent }) - 1;
    for (const [index, input] of visited.inputs.entries()) {
      if (input.kind === "findings") {
        visit(input.plan, { node, index, input });
      } else {
        eventInputs.push({ node, index, input });
      }
    }
  };
  visit(plan, undefined);
  return { rule, plan, nodes, eventInputs };
}

/** The groups of all plans that an event belongs to, each with the indexes of the inputs that it matches there. */
export function groupsOf(
  { id, fields }: Pick<StemmaEvent, "id" | "fields">,
  nodes: readonly PlanNode[],
  matched: readonly EventInput[],
): readonly GroupMatch[] {
  const groups = new Map<
    string,
    { readonly node: number; readonly tuple: string; readonly inputs: number[]; readonly keys: GroupKeys[] }
  >();
  for (const { node, index, input } of matched) {
    const planNode = nodes[node];
    if (planNode === undefined) {
      continue;
    }
    const keys = groupKeysOf(fields, id, planNode.plan, input, parentsOf(nodes, planNode.parent));
    for (const tuple of keys.tuples) {
      const group = groups.getOrInsertComputed(`${node} ${tuple}`, () => ({ node, tuple, inputs: [], keys: [] }));
      group.inputs.push(index);
      group.keys.push(keys);
    }
  }
  return [...groups.values()].map(({ node, tuple, inputs, keys }) => {
    const [first] = keys;
    const { values, parent } = keys.length === 1 && first !== undefined ? first : mergeGroupKeys(keys);
    return { node, tuple, inputs, values, ...(parent === undefined ? {} : { parent }) };
  });
}

/** The plans that count the findings of a plan, nearest first. */
function parentsOf(nodes: readonly PlanNode[], parent: PlanNode["parent"]): readonly ParentPlan[] {
  const node = parent === undefined ? undefined : nodes[parent.node];
  return parent === undefined || node === undefined
    ? []
    : [{ plan: node.plan, input: parent.input }, ...parentsOf(nodes, node.parent)];
}
