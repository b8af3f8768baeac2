import type { ExceptionRecord } from "#contracts/exception";
import type { Page, PageRequest } from "#contracts/page";
import { sortedPage } from "../lib/cursor.ts";
import type { ExceptionReader } from "../store/exceptions/port.ts";

/** A page of the exceptions, newest first. Every ingest reads all of them, so they are few enough to sort here. */
export async function exceptionListOf(
  exceptions: Pick<ExceptionReader, "all">,
  page: PageRequest,
): Promise<Page<ExceptionRecord>> {
  const keyOf = ({ createdAt, id }: ExceptionRecord) => [createdAt, id] as const;
  return sortedPage(await exceptions.all(), page, { types: ["string", "string"], keyOf, directions: [-1] });
}
