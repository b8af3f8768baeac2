import { z } from "zod";

/** One change, appended and never altered. `hash` covers the record and the hash before it. */
export const auditRecord = z.object({
  sequence: z.number(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  subject: z.object({ kind: z.string(), id: z.string() }),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditRecord = Readonly<z.infer<typeof auditRecord>>;
