import { z } from "zod";

/** A value of an ECS field. Absent fields are absent: `null` is never stored. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;
export type FieldValue = Scalar | readonly Scalar[];

/** Dotted ECS names to values. Objects of this type have no prototype, so a field called `__proto__` is only data. */
export type Fields = Readonly<Record<string, FieldValue>>;
export const fields: z.ZodType<Fields> = z.record(z.string(), z.union([scalar, z.array(scalar)]));

/** Where a record came from: enough for a second person to find it again. */
export const sourceRef = z.object({
  eventId: z.string(),
  /** The file as given, archive members behind `!`: `capture.zip!logs/a.evtx`. */
  file: z.string(),
  /** Bytes from the start of the (unpacked) file, where the format has it. */
  offset: z.number().optional(),
  provider: z.string().optional(),
  channel: z.string().optional(),
  code: z.string().optional(),
  recordId: z.string().optional(),
  time: z.string(),
});
export type SourceRef = Readonly<z.infer<typeof sourceRef>>;

/** One stored event as the API shows it. Times are ISO 8601 UTC on the wire and epoch milliseconds inside. */
export const eventView = z.object({
  id: z.string(),
  time: z.string(),
  fields,
  source: sourceRef,
  processKey: z.string().optional(),
});
export type EventView = Readonly<z.infer<typeof eventView>>;

/** The original record as it was read, before mapping. */
export const rawRecord = z.object({ source: sourceRef, record: z.unknown() });

/** A page of a list: the items shown, the total, and why it stops where it does. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number(),
    /** Opaque; absent on the last page. */
    next: z.string().optional(),
    truncationReason: z.string().optional(),
  });
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next?: string;
  readonly truncationReason?: string;
}
