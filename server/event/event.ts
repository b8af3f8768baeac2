import type { Fields, FieldValue, SourceRef } from "#contracts/event";

/** An event in ECS names. `time` is when it happened, not when it was collected, in epoch milliseconds. */
export interface StemmaEvent {
  /** Stable identity of the record: see `identity.ts`. The same record in another rendering has the same id. */
  readonly id: string;
  readonly time: number;
  readonly fields: Fields;
  readonly source: SourceRef;
}

/** All values of a field; empty when it is absent. */
export function valuesOf(fields: Fields, name: string): readonly (string | number | boolean)[] {
  const value: FieldValue | undefined = fields[name];
  if (value === undefined) {
    return [];
  }
  return typeof value === "object" ? value : [value];
}

/** The first value of a field as text. */
export function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === "string" || value === undefined) {
    return value;
  }
  const first = typeof value === "object" ? value[0] : value;
  return first === undefined ? undefined : String(first);
}

/** The first value of a field as a number; `undefined` when it is absent or not a finite number. */
export function numberOf(fields: Fields, name: string): number | undefined {
  const value = valuesOf(fields, name)[0];
  if (value === undefined || typeof value === "boolean" || value === "") {
    return undefined;
  }
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}
