import { z } from "zod";
import { alertStatus, closeReason } from "#contracts/alert";
import type { TransitionRecord } from "../../alert/record.ts";

/** Former values of `incident`, in databases written before they were renamed. */
const formerMembership = { "taken-out": "removed", "put-back": "restored" } as const;

const schema = z.object({
  alertId: z.string(),
  at: z.number(),
  actor: z.string(),
  from: alertStatus,
  to: alertStatus,
  reason: closeReason.optional(),
  note: z.string().optional(),
  batch: z.string().optional(),
  overridden: z.literal(true).optional(),
  duplicateOf: z.string().optional(),
  incident: z.enum(["removed", "restored", "split", "merged", "unmerged"]).optional(),
  /** The former name of `incident`. */
  item: z.enum(["taken-out", "put-back"]).optional(),
});

/** Reads a transition from stored JSON; throws for a damaged one. */
export function readTransition(body: string): TransitionRecord {
  const { item, ...transition } = schema.parse(JSON.parse(body));
  return item === undefined ? transition : { ...transition, incident: formerMembership[item] };
}
