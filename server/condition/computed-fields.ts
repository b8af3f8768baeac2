import { commandDigestField, decodedField, encodedFields } from "#contracts/decoding";
import type { Fields, FieldValue } from "#contracts/event";
import { decodedTexts } from "../decode/fields.ts";
import { commandDigests } from "./command-digest.ts";

interface ComputedField {
  /** The fields of an event that it is made of. */
  readonly from: readonly string[];
  readonly valueOf: (fields: Fields) => FieldValue | undefined;
}

/**
 * Fields that no event has. The evaluator computes them when a condition reads them, so that nothing is stored for them
 * and other conditions cost nothing; indexes and prefilters know nothing of them. See docs/decisions/0055.
 */
export const computedFields: ReadonlyMap<string, ComputedField> = new Map([
  [
    decodedField,
    {
      from: encodedFields,
      valueOf: (fields) => {
        const texts = decodedTexts(fields);
        return texts.length === 0 ? undefined : texts;
      },
    },
  ],
  [
    commandDigestField,
    {
      from: ["process.command_line"],
      valueOf: (fields) => {
        const digests = commandDigests(fields);
        return digests.length === 0 ? undefined : digests;
      },
    },
  ],
]);

/** Whether events of which `has` is true may have a field: a computed one needs any of those that it is made of. */
export function canHaveField(field: string, has: (field: string) => boolean): boolean {
  return computedFields.get(field)?.from.some(has) ?? has(field);
}
