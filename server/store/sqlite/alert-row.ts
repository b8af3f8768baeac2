import { z } from "zod";
import { alertStatus, closeReason, ruleLanguage, severity, technique } from "#contracts/alert";
import { fields, sourceRef } from "#contracts/event";
import { account } from "#contracts/lineage";
import type { AlertRecord } from "../port.ts";
import { type Row, text } from "./connection.ts";

const record: z.ZodType<AlertRecord> = z.object({
  id: z.string(),
  rule: z.object({ id: z.string(), name: z.string(), version: z.string(), language: ruleLanguage }),
  severity,
  riskScore: z.number(),
  buildingBlock: z.boolean(),
  techniques: z.array(technique),
  message: z.string(),
  time: z.number(),
  detectedAt: z.number(),
  host: z.string(),
  userKey: z.string().optional(),
  user: account.optional(),
  processKey: z.string().optional(),
  rootKey: z.string().optional(),
  shape: z.string().optional(),
  status: alertStatus,
  closeReason: closeReason.optional(),
  sources: z.array(sourceRef),
  fields,
  group: z.record(z.string(), z.string()).optional(),
  sequence: z.object({ eventIds: z.array(z.string()), last: fields }).optional(),
});

/** Reads an alert back; throws on a damaged row. */
export function alertOf(row: Row): AlertRecord {
  const value: unknown = JSON.parse(text(row, "body"));
  const alert = record.parse(value);
  // The fields as they were parsed: a copy by the schema would lose one that is called `__proto__`.
  const untouched = typeof value === "object" && value !== null && "fields" in value ? value.fields : undefined;
  return { ...alert, fields: Object.setPrototypeOf(untouched, null) };
}
