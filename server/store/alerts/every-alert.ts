import type { AlertRecord } from "../../alert/record.ts";
import type { AlertQuery, AlertReader } from "./port.ts";

/** All alerts of a query, page by page. */
export async function* everyAlert(
  alerts: Pick<AlertReader, "find">,
  query: Omit<AlertQuery, "cursor">,
): AsyncGenerator<AlertRecord> {
  for (let cursor: string | undefined; ; ) {
    const page = await alerts.find({ ...query, cursor });
    yield* page.items;
    if (page.next === undefined) {
      return;
    }
    cursor = page.next;
  }
}
