import { z } from "zod";
import { actorOrigin } from "./actor.ts";
import { pageOf, pageQuery } from "./page.ts";
import { timestamp } from "./time.ts";

export const auditRecord = z
  .object({
    sequence: z.number().describe("1 for the first record; without gaps."),
    at: timestamp,
    actor: z.string().describe("Who made the change, or `stemma`."),
    origin: actorOrigin.optional().describe("Absent for changes by Stemma itself, and in records of older versions."),
    action: z.string().describe("What was done, such as `alert.transition`."),
    subject: z.object({ kind: z.string(), id: z.string() }).describe("What was changed."),
    before: z.unknown().optional().describe("The changed values before the change."),
    after: z.unknown().optional().describe("The changed values after the change."),
    previousHash: z.string().describe("The `hash` of the preceding record."),
    hash: z.string().describe("Covers this record and `previousHash`."),
  })
  .meta({ id: "AuditRecord", description: "One change. Records are appended and never altered." });
export type AuditRecord = Readonly<z.infer<typeof auditRecord>>;

const auditHead = z
  .object({ sequence: z.number(), hash: z.string() })
  .meta({ id: "AuditHead", description: "The number and hash of an audit record." });

export const auditQuery = pageQuery.extend({
  kind: z.string().optional().describe("Only changes of subjects of this kind, such as `alert`."),
  id: z.string().optional().describe("Only changes of the subject with this id."),
});

export const auditPage = pageOf(auditRecord)
  .extend({
    chain: z
      .object({
        intact: z.boolean(),
        checked: z.number().describe("Records whose hash was computed again."),
        brokenAt: z.number().optional().describe("Sequence number of the first record whose hash does not match."),
        head: auditHead
          .optional()
          .describe("The last record of an intact chain: note it down, to notice if it is lost."),
        lacks: auditHead.optional().describe("An end of the chain that was noted, and that the chain does not have."),
        notes: z
          .object({
            isKept: z.boolean().describe("Whether ends of the chain are noted outside of the store."),
            file: z.string().optional().describe("The file for the notes; absent if the store has no such place."),
            unreadable: z.number().describe("Lines of the file that cannot be read."),
            failure: z.string().optional().describe("Why the whole file cannot be read, such as `EACCES`."),
          })
          .describe("What shows whether the last records were removed: an intact chain without it may lack some."),
      })
      .describe("The verification of the hash chain, done for every response."),
  })
  .meta({ id: "AuditPage", description: "Changes, newest first, and the verification of the whole chain." });
export type AuditPage = Readonly<z.infer<typeof auditPage>>;
