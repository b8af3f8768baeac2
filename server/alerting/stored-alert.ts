import type { AlertRecord } from "../alert/record.ts";
import { formerId } from "../lib/plain-id.ts";
import type { StoreTransaction } from "../store/port.ts";

/** The stored alert with a derived id, also under the id that it got in a database from before: decision 0056. */
export async function storedAlert(
  { alerts }: Pick<StoreTransaction, "alerts">,
  id: string,
): Promise<AlertRecord | undefined> {
  const former = formerId(id);
  return (await alerts.get(id)) ?? (former === undefined ? undefined : await alerts.get(former));
}
