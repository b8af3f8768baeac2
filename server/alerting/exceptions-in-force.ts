import type { Detector } from "../detection/rule.ts";
import { type ActiveExceptions, activeExceptions } from "../exception/active.ts";
import { noLists } from "../exception/lists.ts";
import type { ExceptionReader } from "../store/exceptions/port.ts";

/** The exceptions that are in force at `now` (epoch milliseconds) for the rules of a detector. */
export async function exceptionsInForce(
  { exceptions }: { readonly exceptions: Pick<ExceptionReader, "all"> },
  { byId: rules }: Pick<Detector, "byId">,
  now: number,
): Promise<ActiveExceptions> {
  return activeExceptions(await exceptions.all(), now, { rules, lists: noLists });
}
