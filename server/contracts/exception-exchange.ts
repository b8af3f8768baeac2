import { z } from "zod";
import { exceptionRecord } from "./exception.ts";
import { problem } from "./problem.ts";

export const exchangeFormat = z.enum(["elastic", "sigma", "spl", "kql", "eql"]).meta({
  id: "ExchangeFormat",
  description:
    "`elastic`: an exception list as NDJSON. `sigma`: a filter document. `spl`: the filter macro of a Splunk detection. " +
    "`kql` and `eql`: a clause for the query of a rule.",
});
export type ExchangeFormat = z.infer<typeof exchangeFormat>;

/** How an exported text relates to the exception. */
export const exchangeForm = z.enum(["equal", "narrower", "broader", "different"]).meta({
  id: "ExchangeForm",
  description: "Whether the text hides the same, less, more, or both less and more than the exception.",
});
export type ExchangeForm = z.infer<typeof exchangeForm>;

const side = z.object({ tested: z.number(), hidden: z.number() });

export const exchangeProof = z
  .object({
    positives: side.describe("Events of stored alerts that the exception hides."),
    negatives: side.describe("Events of stored alerts of the same rules that it does not hide."),
    malicious: side.describe("Those of alerts judged malicious, among both."),
    differing: z.array(z.string()).describe("Ids of alerts on which text and exception differ; 20 at most."),
    verdict: z.enum(["equal", "differs", "untested"]),
    sentence: z.string(),
  })
  .meta({
    id: "ExchangeProof",
    description: "The exported text, parsed again and compared with the exception on stored events.",
  });
export type ExchangeProof = Readonly<z.infer<typeof exchangeProof>>;

export const exportedException = z
  .object({
    id: z.string(),
    name: z.string(),
    form: exchangeForm.optional().describe("Absent if it was refused."),
    notes: z.array(z.string()).describe("Where the text says less or more than the exception, and what it relies on."),
    refused: z.string().optional().describe("Why the format cannot say it."),
    proof: exchangeProof.optional(),
  })
  .meta({ id: "ExportedException", description: "What became of one exception in an export." });
export type ExportedException = Readonly<z.infer<typeof exportedException>>;

export const exceptionExportRequest = z
  .object({
    format: exchangeFormat,
    ids: z.array(z.string().min(1)).max(10_000).optional().describe("Absent: all that are not disabled."),
    withoutExpired: z.boolean().optional().describe("Leaves out those past their expiry."),
  })
  .strict()
  .meta({ id: "ExceptionExportRequest", description: "Which exceptions to export, and how." });
export type ExceptionExportRequest = Readonly<z.infer<typeof exceptionExportRequest>>;

export const exceptionExport = z
  .object({
    format: exchangeFormat,
    fileName: z.string(),
    text: z.string().describe("Empty if nothing could be exported."),
    exported: z.number(),
    exceptions: z.array(exportedException),
  })
  .meta({ id: "ExceptionExport", description: "Exported exceptions, each with its proof." });
export type ExceptionExport = Readonly<z.infer<typeof exceptionExport>>;

export const importedFormat = z.enum(["elastic", "sigma"]);

export const exceptionImportRequest = z
  .object({
    format: importedFormat,
    file: z.string().min(1).max(300).describe("Its name, for problems and the audit trail."),
    text: z.string().max(64 * 1024 * 1024),
    ruleIds: z.array(z.string().min(1)).max(100).optional().describe("The rules that the items apply to."),
    ruleTags: z.array(z.string().min(1).max(200)).max(50).optional(),
    allRules: z.literal(true).optional(),
    dryRun: z.boolean().describe("Reports what would be saved, and saves nothing."),
    partial: z.boolean().optional().describe("Saves what is right although other lines are wrong."),
    reason: z.string().max(4000).optional().describe("Why broad ones are needed, and for the audit trail."),
  })
  .strict()
  .meta({ id: "ExceptionImportRequest", description: "A file of exceptions, and the rules that they apply to." });
export type ExceptionImportRequest = Readonly<z.infer<typeof exceptionImportRequest>>;

export const importedException = z
  .object({
    line: z.number(),
    name: z.string(),
    itemId: z.string(),
    rules: z.number().describe("Loaded rules that it applies to."),
    wouldHide: z.number().describe("Stored alerts that it would hide if it were enforced."),
    malicious: z.number().describe("Those of them that were judged malicious or are escalated."),
    breadth: z.enum(["narrow", "acceptable", "broad", "refused"]),
    exceptionId: z.string().optional().describe("Once it is saved."),
  })
  .meta({ id: "ImportedException", description: "An exception of a file." });
export type ImportedException = Readonly<z.infer<typeof importedException>>;

export const exceptionImport = z
  .object({
    saved: z.number(),
    exceptions: z.array(importedException),
    problems: z.array(problem).describe("What is wrong, line by line."),
    warnings: z.array(problem).describe("What to know; nothing is refused for it."),
    summary: z.string(),
  })
  .meta({ id: "ExceptionImport", description: "What an import saved or would save." });
export type ExceptionImport = Readonly<z.infer<typeof exceptionImport>>;

export const tuningProposal = z
  .object({ fileName: z.string(), markdown: z.string(), exception: exceptionRecord.pick({ id: true, name: true }) })
  .meta({ id: "TuningProposal", description: "A change of a rule, put to its authors." });
export type TuningProposal = Readonly<z.infer<typeof tuningProposal>>;
