import { z } from "zod";

export const draftRequest = z
  .object({
    alertIds: z
      .array(z.string().min(1).max(300))
      .min(1)
      .max(200)
      .describe("Alerts of one workflow. What all of them have becomes the draft; the first one is its alert."),
  })
  .strict()
  .meta({ id: "DraftRequest", description: "The alerts that an exception is drafted from." });
