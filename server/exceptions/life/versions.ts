import { z } from "zod";
import type { AuditRecord } from "#contracts/audit";
import { type ExceptionRecord, exceptionRecord } from "#contracts/exception";
import type { ExceptionVersion } from "#contracts/exception-life";
import type { Page, PageRequest } from "#contracts/page";
import type { AuditReader } from "../../store/audit/port.ts";
import { changesBetween, describedAtFirst } from "./diff.ts";

/** What was done to an exception, newest first: from its records in the audit trail. */
export async function exceptionVersionsOf(
  audit: Pick<AuditReader, "page">,
  id: string,
  { cursor, limit }: PageRequest,
): Promise<Page<ExceptionVersion>> {
  const page = await audit.page({ kind: "exception", id, cursor, limit });
  return { ...page, items: page.items.map(versionIn) };
}

/** Records of older versions of Stemma may lack any of these. */
const recorded = z.object({
  exception: z.looseObject({}).optional(),
  reason: z.string().optional(),
  closed: z.union([z.number(), z.array(z.unknown()).transform((closed) => closed.length)]).optional(),
  raised: z.number().optional(),
  reopened: z.number().optional(),
});

function versionIn({ at, actor, action, before, after }: AuditRecord): ExceptionVersion {
  const [former, current] = [recorded.safeParse(before).data, recorded.safeParse(after).data];
  const version = exceptionIn(current?.exception ?? after);
  const base = { at, actor, action };
  const closed = current?.closed ?? 0;
  const closing = closed > 0 ? [`Closed ${closed} ${closed === 1 ? "alert" : "alerts"}`] : [];
  switch (action) {
    case "exception.save":
      return {
        ...base,
        ...{ reason: version?.reason, version: version?.version ?? 1 },
        changes: [...(version === undefined ? [] : describedAtFirst(version)), ...closing],
      };
    case "exception.edit": {
      const previous = exceptionIn(former?.exception ?? before);
      return {
        ...base,
        ...{ reason: version?.reason, version: version?.version },
        changes: [
          ...(version === undefined || previous === undefined ? [] : changesBetween(previous, version)),
          ...closing,
        ],
      };
    }
    case "exception.disable":
      return { ...base, reason: current?.reason, changes: ["Disabled"] };
    case "exception.enable":
      return { ...base, reason: current?.reason, changes: ["Enabled again"] };
    case "exception.delete":
      return { ...base, reason: current?.reason, changes: ["Deleted"] };
    case "exception.give-back":
      return {
        ...base,
        reason: current?.reason,
        changes: [`Given back: ${current?.raised ?? 0} raised, ${current?.reopened ?? 0} reopened`],
      };
    default:
      return { ...base, reason: current?.reason, changes: [] };
  }
}

/** The exception as a record has it; undefined for one of an older shape, whose difference is then not told. */
function exceptionIn(value: unknown): ExceptionRecord | undefined {
  return exceptionRecord.safeParse(value).data;
}
