import { z } from "zod";

export const fieldValuesQuery = z.object({
  field: z.string().min(1).max(200),
  search: z.string().max(1000).optional().describe("Only values that contain this text, in any case."),
  rule: z
    .union([z.string(), z.array(z.string())])
    .transform((value) => (typeof value === "string" ? [value] : value))
    .pipe(z.array(z.string()).max(100))
    .optional()
    .describe("Only alerts of these rules; otherwise of all rules."),
});
export type FieldValuesQuery = Readonly<z.output<typeof fieldValuesQuery>>;

export const fieldValues = z
  .object({
    values: z
      .array(z.object({ value: z.string(), count: z.number() }))
      .describe("The most frequent first, at most 20."),
    distinct: z.number().describe("How many different values match."),
    alerts: z.number().describe("Alerts that were read, the newest first."),
    total: z.number().describe("Alerts that there are."),
    present: z.number().describe("Alerts that were read and have the field."),
  })
  .meta({ id: "FieldValues", description: "The values of a field in stored alerts, to complete what is typed." });
export type FieldValues = Readonly<z.infer<typeof fieldValues>>;
