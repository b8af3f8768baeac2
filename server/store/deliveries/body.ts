import { z } from "zod";
import { type DeliveryState, deliveryState } from "#contracts/delivery";
import { stored } from "../damage.ts";
import { number, text } from "../row.ts";
import type { DeliveryRecord } from "./port.ts";

type Row = Readonly<Record<string, unknown>>;

/** Stored: do not rename its properties. */
const schema = z.object({
  id: z.string(),
  incidentKey: z.string(),
  target: z.string().optional(),
  at: z.number(),
  actor: z.string(),
  note: z.string(),
  alerts: z.number(),
  state: deliveryState,
  attempts: z.number(),
  nextAt: z.number(),
  endedAt: z.number().optional(),
  reason: z.string().optional(),
  body: z.string().optional(),
  files: z.array(z.object({ name: z.string(), sha256: z.string() })),
});

/** A delivery from the `body` of its row. */
export const deliveryOf = stored("delivery", (row: Row): DeliveryRecord => schema.parse(JSON.parse(text(row, "body"))));

/** The receiver in a column that can be compared. */
export const targetColumn = (target: string | undefined): string => target ?? "";

/** Counts by state, of which those without a row are zero. */
export function countsOf(rows: readonly Row[]): Readonly<Record<DeliveryState, number>> {
  const counts = { waiting: 0, delivered: 0, failed: 0 };
  for (const row of rows) {
    counts[deliveryState.parse(text(row, "state"))] = number(row, "total");
  }
  return counts;
}
