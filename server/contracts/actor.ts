import { z } from "zod";

/** How somebody proved who they are. `command-line` is a person with access to the machine and its store. */
export const signInMethod = z
  .enum(["link", "password", "passkey", "oidc", "token", "command-line"])
  .meta({ id: "SignInMethod", description: "How somebody signed in." });
export type SignInMethod = z.infer<typeof signInMethod>;

export const actorOrigin = z
  .object({
    account: z.string().describe("Id of the person or service token."),
    method: signInMethod,
    address: z.string().optional().describe("The network address that the request came from."),
  })
  .meta({ id: "ActorOrigin", description: "Which account made a change, how it signed in, and from where." });
export type ActorOrigin = Readonly<z.infer<typeof actorOrigin>>;

/** Who makes a change. Without an origin it is Stemma itself, or a record from before accounts existed. */
export interface Actor {
  /** As the history and the audit trail show it. */
  readonly name: string;
  readonly origin?: ActorOrigin;
}
