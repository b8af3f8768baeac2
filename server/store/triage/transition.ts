import { z } from "zod";
import { alertStatus, closeReason } from "#contracts/alert";
import type { TransitionRecord } from "../port.ts";

const schema: z.ZodType<TransitionRecord> = z.object({
  alertId: z.string(),
  at: z.number(),
  actor: z.string(),
  from: alertStatus,
  to: alertStatus,
  reason: closeReason.optional(),
  note: z.string().optional(),
  item: z.enum(["taken-out", "put-back"]).optional(),
});

/** Reads a transition back; throws on a damaged one. */
export function readTransition(body: string): TransitionRecord {
  return schema.parse(JSON.parse(body));
}
