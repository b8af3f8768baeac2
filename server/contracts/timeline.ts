import { z } from "zod";
import { severity } from "./alert.ts";
import { sourceRef } from "./event.ts";
import { unreadable } from "./page.ts";
import { timeBound, timestamp } from "./time.ts";

/** What an event of a timeline is about, in the order in which people look at it. */
export const timelineKinds = [
  "process",
  "exit",
  "injection",
  "access",
  "script",
  "network",
  "dns",
  "file",
  "registry",
  "module",
  "service",
  "task",
  "wmi",
  "logon",
  "log",
  "object",
  "account",
  "other",
] as const;

export const timelineKind = z.enum(timelineKinds).meta({
  id: "TimelineKind",
  description:
    "What an event is about. `process`: a start. `injection`: a thread in another process, or an image replaced. " +
    "`access`: a handle to another process. `module`: a library or driver was loaded. `log`: a log was cleared or " +
    "logging changed. `object`: a handle to an audited object.",
});
export type TimelineKind = z.infer<typeof timelineKind>;

export const timelineEvent = z
  .object({
    id: z.string(),
    time: timestamp,
    host: z.string().describe("As the record names it."),
    kind: timelineKind,
    summary: z.string().describe("One line. Text of the log."),
    process: z
      .object({
        key: z.string().optional().describe("Absent if the process is not known."),
        name: z.string().optional(),
        pid: z.number().optional(),
      })
      .describe("The process that did it."),
    target: z
      .object({ key: z.string().optional(), name: z.string().optional(), pid: z.number().optional() })
      .optional()
      .describe("The other process, of access and injection."),
    alerts: z
      .array(z.object({ id: z.string(), ruleName: z.string(), severity }))
      .describe("The alerts that this event is a source of."),
    source: sourceRef,
  })
  .meta({ id: "TimelineEvent", description: "An event of a timeline, without its fields." });
export type TimelineEvent = Readonly<z.infer<typeof timelineEvent>>;

export const timelineRequest = z
  .object({
    processes: z.array(z.string().min(1).max(200)).max(500).default([]).describe("Everything that these did."),
    hosts: z
      .array(z.string().min(1).max(300))
      .max(20)
      .default([])
      .describe(
        "Everything that happened on these hosts, also what belongs to no known process. Needs `from` and `to`, at " +
          "most 24 hours apart.",
      ),
    alerts: z.array(z.string().min(1).max(200)).max(50).default([]).describe("Their events are among `fired`."),
    from: timeBound.optional(),
    to: timeBound.optional(),
    kinds: z.array(timelineKind).optional().describe("Only events of these kinds are listed; all are counted."),
    buckets: z.number().int().min(1).max(500).default(200).describe("Parts of the time in which events are counted."),
    cursor: z.string().optional(),
    limit: z.number().int().min(1).max(1000).default(500),
  })
  .strict()
  .meta({ id: "TimelineRequest", description: "What a timeline is about." });
export type TimelineRequest = Readonly<z.infer<typeof timelineRequest>>;

export const timeline = z
  .object({
    from: timestamp.optional().describe("Of the first event, or as asked for; absent if there is none."),
    to: timestamp.optional(),
    kinds: z.array(z.object({ kind: timelineKind, count: z.number() })).describe("Exact, whichever kinds are listed."),
    buckets: z
      .object({
        milliseconds: z.number().describe("The length of a bucket; the first one begins at `from`."),
        counts: z.array(z.object({ host: z.string(), kind: timelineKind, bucket: z.number(), count: z.number() })),
      })
      .describe("How many events of all kinds there are when."),
    items: z.array(timelineEvent).describe("Oldest first."),
    total: z.number().describe("Events of the listed kinds; exact."),
    next: z.string().optional().describe("The cursor of the next page; absent on the last one. Opaque."),
    truncationReason: z.string().optional().describe("Why not all are listed, if so."),
    fired: z
      .array(timelineEvent)
      .describe("The events that alerts on these processes were raised on, whatever else is listed."),
    firedTotal: z.number().describe("Events of alerts; the first ones are listed."),
    unreadable: unreadable.optional().describe("What is left out because it is damaged in the store."),
  })
  .meta({ id: "Timeline", description: "What processes did, and what happened on hosts, in order of time." });
export type Timeline = Readonly<z.infer<typeof timeline>>;
