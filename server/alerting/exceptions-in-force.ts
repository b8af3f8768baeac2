import type { Detector } from "../detection/rule.ts";
import { type ActiveExceptions, activeExceptions } from "../exception/active.ts";
import { listsOf } from "../exception/lists.ts";
import type { ExceptionReader } from "../store/exceptions/port.ts";
import type { ValueListReader } from "../store/value-lists/port.ts";
import { listLookup } from "./list-lookup.ts";

interface Readers {
  readonly exceptions: Pick<ExceptionReader, "all">;
  readonly valueLists: Pick<ValueListReader, "get" | "values">;
}

/** The exceptions that are in force at `now` (epoch milliseconds) for the rules of a detector. */
export async function exceptionsInForce(
  { exceptions, valueLists }: Readers,
  { byId: rules }: Pick<Detector, "byId">,
  now: number,
): Promise<ActiveExceptions> {
  const all = await exceptions.all();
  return activeExceptions(all, now, { rules, lists: await listLookup(valueLists, all.flatMap(listsOf)) });
}
