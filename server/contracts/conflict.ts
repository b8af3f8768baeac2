import { z } from "zod";
import { timestamp } from "./time.ts";

/** What of the workbench two people can edit. Reads and changes of the same thing share a version. */
export type Editable = "alert" | "incident" | "process" | "exception" | "rule" | "rule-folders" | "playbook" | "person";

export const changeSummary = z
  .object({
    at: timestamp,
    actor: z.string(),
    action: z.string().describe("As in the audit trail, such as `alert.transition`."),
    fields: z
      .array(z.object({ field: z.string(), before: z.unknown().optional(), after: z.unknown().optional() }))
      .describe("The values that changed; long texts are cut, and end by saying so."),
  })
  .meta({ id: "ChangeSummary", description: "Who changed what, when." });
export type ChangeSummary = Readonly<z.infer<typeof changeSummary>>;

export const conflict = z
  .object({
    changed: z.array(changeSummary).describe("What others changed since, newest first; at most 20."),
    total: z.number().describe("All such changes."),
    current: z.string().describe("Send it as `If-Match` to make the change in spite of these changes."),
  })
  .meta({ id: "Conflict", description: "What a change would have overwritten unseen." });
export type Conflict = Readonly<z.infer<typeof conflict>>;
