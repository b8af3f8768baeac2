import { z } from "zod";

export const account = z
  .object({
    name: z.string(),
    domain: z.string().optional(),
    id: z.string().optional().describe("The SID; never that of the service that wrote the log."),
  })
  .meta({ id: "Account", description: "An account of Windows." });
export type Account = Readonly<z.infer<typeof account>>;
