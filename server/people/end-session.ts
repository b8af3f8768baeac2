import type { Actor } from "#contracts/actor";
import type { RequestProblem } from "#contracts/problem";
import { fail, ok, type Result } from "../lib/result.ts";
import type { SessionRecord } from "../store/people/port.ts";
import { openSessions } from "./own-account.ts";
import { personNotFound } from "./people.ts";
import type { PeopleContext } from "./people-context.ts";

/** Ends an open session of a person. Takes effect at once on this server, within seconds on others. */
export async function endSession(
  context: PeopleContext,
  personId: string,
  sessionId: string,
  actor: Actor,
): Promise<Result<SessionRecord, RequestProblem>> {
  const result = await context.store.write(async ({ people, audit }) => {
    if ((await people.person(personId)) === undefined) {
      return fail(personNotFound(personId));
    }
    const session = (await openSessions(context, personId, people)).find(({ id }) => id === sessionId);
    if (session === undefined) {
      return fail<RequestProblem>({
        code: "sign-in-session.not-found",
        message: `This person has no open session "${sessionId.slice(0, 200)}"`,
      });
    }
    await people.removeSessions([session.id]);
    await audit.append({
      at: context.now(),
      actor,
      action: "session.ended",
      subject: { kind: "person", id: personId },
      before: { session: session.id, method: session.method },
    });
    return ok(session);
  });
  context.sessions.changed();
  return result;
}
