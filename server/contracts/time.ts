import { z } from "zod";

/** A time on the wire. Inside the server times are epoch milliseconds. */
export const timestamp = z.string().meta({
  id: "Timestamp",
  description: "A time in ISO 8601, UTC, with milliseconds: `2026-06-16T10:00:00.000Z`.",
  format: "date-time",
});

/** A time in a request, in any form that `Date.parse` reads. */
export const timeBound = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "must be a time in ISO 8601, such as 2026-01-31T09:00:00Z")
  .meta({ format: "date-time" });

export const timeSpan = z.object({ from: timestamp, to: timestamp }).meta({
  id: "TimeSpan",
  description: "From the earliest to the latest of something, both included.",
});
