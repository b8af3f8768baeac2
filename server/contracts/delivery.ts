import { z } from "zod";
import { pageOf, pageQuery } from "./page.ts";
import { timestamp } from "./time.ts";

/** What escalating an incident sends out. See docs/decisions/0069. */

export const deliveryState = z
  .enum(["waiting", "delivered", "failed"])
  .meta({ id: "DeliveryState", description: "`waiting`: it is tried, again if that fails. `failed`: no longer." });
export type DeliveryState = z.infer<typeof deliveryState>;

export const delivery = z
  .object({
    id: z.string().describe("The same in every attempt: receivers take a delivery once."),
    incident: z.string().describe("Key of the incident when it was escalated."),
    target: z
      .string()
      .optional()
      .describe(
        "Name of the receiver: the origin of its address, and part of a hash of it. Absent: only the bundle is written.",
      ),
    at: timestamp.describe("When the incident was escalated."),
    actor: z.string(),
    note: z.string(),
    alerts: z.number().describe("Alerts that were escalated."),
    state: deliveryState,
    attempts: z.number(),
    nextAt: timestamp.optional().describe("While it waits: not tried before that."),
    endedAt: timestamp.optional().describe("When it was delivered, or given up."),
    reason: z.string().optional().describe("Why the last attempt failed."),
    files: z
      .array(z.object({ name: z.string(), sha256: z.string() }))
      .describe("The bundle in the folder for evidence; empty while it is not written, or if there is no such folder."),
  })
  .meta({ id: "Delivery", description: "An escalation that is sent to one receiver." });
export type Delivery = Readonly<z.infer<typeof delivery>>;

export const deliveryQuery = pageQuery.extend({
  incident: z.string().max(500).optional().describe("Only those of the incident with this key."),
  state: deliveryState.optional(),
});

export const deliveryList = pageOf(delivery)
  .extend({
    receivers: z
      .array(z.string())
      .describe("Names of the receivers of this server; empty: escalations are not posted."),
    evidence: z.boolean().describe("Whether this server writes bundles into a folder for evidence."),
  })
  .meta({ id: "DeliveryList", description: "Escalations that are sent out, newest first." });
export type DeliveryList = Readonly<z.infer<typeof deliveryList>>;
