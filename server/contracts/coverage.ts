import { z } from "zod";
import { pageOf } from "./page.ts";
import { timestamp } from "./time.ts";

export const coverage = z
  .object({
    host: z.string(),
    source: z.string().describe("The log, such as `sysmon` or `security`."),
    from: timestamp.optional(),
    to: timestamp.optional(),
    events: z.number(),
  })
  .meta({
    id: "Coverage",
    description: "What one log of one host covers. Without it, no hits could as well mean no data.",
  });
export type Coverage = Readonly<z.infer<typeof coverage>>;

export const coverageList = pageOf(coverage).meta({
  id: "CoverageList",
  description: "What the stored events cover, by host and log.",
});
