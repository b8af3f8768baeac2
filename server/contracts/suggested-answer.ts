import { z } from "zod";

export const answerValue = z.enum(["raises", "lowers", "unresolved", "not-applicable"]).meta({
  id: "AnswerValue",
  description: "Whether an answer raises or lowers concern.",
});
export type AnswerValue = z.infer<typeof answerValue>;

export const suggestedAnswer = z
  .object({
    value: answerValue,
    because: z.array(z.string()).describe("The first reasons, shortened."),
  })
  .meta({
    id: "SuggestedAnswer",
    description: "What the evidence suggested when an answer was given. `unresolved`: data was missing or incomplete.",
  });
export type SuggestedAnswer = Readonly<z.infer<typeof suggestedAnswer>>;
