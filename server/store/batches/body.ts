import { z } from "zod";
import { alertStatus, closeReason } from "#contracts/alert";
import { batch, batchCoverage } from "#contracts/batch";
import { incidentClosing, incidentReopening } from "#contracts/incident";
import { stored } from "../damage.ts";
import { number, text } from "../row.ts";
import type { BatchLeft, BatchPart, BatchRecord } from "./port.ts";

type Row = Readonly<Record<string, unknown>>;

const record: z.ZodType<BatchRecord> = batch.extend({
  of: batchCoverage.optional(),
  parts: z.number(),
  next: z.number(),
  runner: z.string(),
  cancelledBy: z.string().optional(),
  open: z.object({ key: z.string(), before: alertStatus, changed: z.number(), left: z.array(z.string()) }).optional(),
});

const work = z.object({
  assignee: z.string().optional(),
  tags: z.array(z.string()).optional(),
  closed: incidentClosing.optional(),
  reopened: incidentReopening.optional(),
});

const changed = z.object({
  key: z.string(),
  alerts: z.array(z.object({ id: z.string(), from: alertStatus, reason: closeReason.optional() })),
  work: z.object({ before: work, after: work }).optional(),
});

const part: z.ZodType<BatchPart> = z.object({
  batch: z.string(),
  number: z.number(),
  incidents: z.array(
    z.object({
      key: z.string(),
      alerts: z.array(z.string()),
      rules: z.array(z.string()),
      continues: z.boolean().optional(),
    }),
  ),
  changed: z.array(changed).optional(),
});

const left: z.ZodType<BatchLeft> = z.object({
  batch: z.string(),
  number: z.number(),
  code: z.string(),
  incidents: z.array(z.object({ key: z.string(), alerts: z.array(z.string()) })),
});

export const batchOf = stored("batch", (row: Row): BatchRecord => {
  const batch = record.parse(JSON.parse(text(row, "body")));
  return agreed(batch, batch.id === text(row, "id"));
});

export const batchPartOf = stored("part of a batch", (row: Row): BatchPart => {
  const value = part.parse(JSON.parse(text(row, "body")));
  return agreed(value, value.batch === text(row, "id") && value.number === number(row, "number"));
});

export const batchLeftOf = stored("list of what a batch left", (row: Row): BatchLeft => {
  const value = left.parse(JSON.parse(text(row, "body")));
  const isOfPart = value.batch === text(row, "id") && value.number === number(row, "number");
  return agreed(value, isOfPart && value.code === text(row, "code"));
});

/** Under another name, a value would be worked on, or undone, in the place of another one. */
function agreed<T>(value: T, isNamedAlike: boolean): T {
  if (!isNamedAlike) {
    throw new Error("its row names another one");
  }
  return value;
}
