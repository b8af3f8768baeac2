import { z } from "zod";

export const comparedLine = z.object({
  side: z.enum(["both", "left", "right"]).describe("Where the line is."),
  line: z.string(),
  left: z.number().optional().describe("Line number on the left, if the line is there."),
  right: z.number().optional().describe("Line number on the right, if the line is there."),
});
export type ComparedLine = Readonly<z.infer<typeof comparedLine>>;
