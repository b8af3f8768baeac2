import { z } from "zod";
import { pageOf } from "./page.ts";
import { timestamp } from "./time.ts";

/** A value of an ECS field. Absent fields are absent: `null` is never stored. */
export const scalar = z.union([z.string(), z.number(), z.boolean()]);
export type Scalar = z.infer<typeof scalar>;
export type FieldValue = Scalar | readonly Scalar[];

/** Objects of this type have no prototype, so a field called `__proto__` is only data. */
export type Fields = Readonly<Record<string, FieldValue>>;
export const fields: z.ZodType<Fields> = z.record(z.string(), z.union([scalar, z.array(scalar)])).meta({
  id: "Fields",
  description: "Values by dotted ECS field name. A field without a value is absent.",
});

export const sourceRef = z
  .object({
    eventId: z.string(),
    file: z.string().describe("The file as given; archive members follow a `!`: `capture.zip!logs/a.evtx`."),
    offset: z.number().optional().describe("Bytes from the start of the unpacked file, if the format has them."),
    provider: z.string().optional(),
    channel: z.string().optional(),
    code: z.string().optional().describe("The event id of Windows, such as `4688`."),
    recordId: z.string().optional(),
    time: timestamp,
  })
  .meta({ id: "SourceRef", description: "Where a record came from: enough for a second person to find it again." });
export type SourceRef = Readonly<z.infer<typeof sourceRef>>;

export const eventView = z
  .object({
    id: z.string(),
    time: timestamp,
    fields,
    source: sourceRef,
    processKey: z.string().optional().describe("The process that the event belongs to, if it is known."),
  })
  .meta({ id: "Event", description: "One stored event, mapped to ECS." });
export type EventView = Readonly<z.infer<typeof eventView>>;

export const eventPage = pageOf(eventView).meta({ id: "EventPage", description: "Stored events, by time." });

export const rawRecord = z
  .object({ source: sourceRef, record: z.unknown().describe("As it was read, before mapping.") })
  .meta({ id: "RawRecord", description: "The original record of an event." });
