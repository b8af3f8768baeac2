import { z } from "zod";
import { exceptionDraft } from "./exception.ts";
import { exceptionEntry } from "./exception-entry.ts";

const alertIds = (least: number) => z.array(z.string().min(1).max(300)).min(least).max(1000);
const entries = z.array(exceptionEntry).min(1).max(50);

export const synthesisRequest = z
  .object({
    benign: alertIds(1).describe("Alerts that the exception is to cover."),
    malicious: alertIds(0).describe("Alerts that it must not cover."),
  })
  .strict()
  .meta({ id: "SynthesisRequest", description: "Alerts that an exception is to tell apart." });
export type SynthesisRequest = Readonly<z.infer<typeof synthesisRequest>>;

const step = z
  .object({ text: z.string(), entries, alternatives: z.array(entries).max(20).optional() })
  .meta({ id: "SynthesisStep", description: "The entries of a draft that is one step narrower or wider." });

export const synthesis = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("separated"),
      draft: exceptionDraft,
      because: z.array(z.string()).describe("By entry: why it is there, and how many malicious alerts it excludes."),
      narrower: step.optional().describe("Absent: the alerts have nothing else in common."),
      wider: step
        .optional()
        .describe("Absent: without any of the entries it would cover a malicious alert, or anything."),
      milliseconds: z.number(),
    }),
    z.object({
      kind: z.literal("inseparable"),
      reason: z.string(),
      pairs: z
        .array(z.object({ benign: z.string(), malicious: z.string() }))
        .max(20)
        .describe("Alerts that are alike in every field that an exception can rely on."),
      totalPairs: z.number(),
      milliseconds: z.number(),
    }),
  ])
  .meta({ id: "Synthesis", description: "The narrowest exception that covers some alerts and none of others." });
export type Synthesis = Readonly<z.infer<typeof synthesis>>;
