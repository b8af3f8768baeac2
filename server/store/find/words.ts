import { alertDocument } from "../../alert/document.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { foldCase } from "../../condition/fold-case.ts";
import { valuesOf } from "../../event/event.ts";
import { indexedFields } from "../alerts/values.ts";

/** Alerts that are searched first: a word that many alerts have is found among them. */
export const LATEST = 500;
/** Texts that are searched at most. */
export const MOST_TEXTS = 100_000;

/** Whether one of the indexed fields of an alert has this value, in any case: hashes of values may collide. */
export function hasValue(alert: AlertRecord, value: string): boolean {
  const document = alertDocument(alert);
  const folded = foldCase(value);
  return [...indexedFields].some((field) =>
    valuesOf(document, field).some((candidate) => foldCase(String(candidate)) === folded),
  );
}

/** Items of which one more than the limit was read: the total is known only if there are no more. */
export function listed<T>(
  read: readonly T[],
  limit: number,
): { readonly items: readonly T[]; readonly total: number | undefined } {
  return { items: read.slice(0, limit), total: read.length > limit ? undefined : read.length };
}
