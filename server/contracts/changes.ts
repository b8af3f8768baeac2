import { z } from "zod";
import { timestamp } from "./time.ts";

/** What `/api/v1/changes` sends. See docs/decisions/0066. */

/** Something that was written: what it is, not what it is now. Whoever shows it reads it again. */
export const change = z
  .discriminatedUnion("kind", [
    z
      .object({ kind: z.literal("alerts") })
      .describe("Alerts, the work on incidents, or the progress of a batch: the queue is another one."),
    z
      .object({
        kind: z.literal("incident"),
        key: z.string().describe("As alerts and the queue name it."),
        by: z.array(z.string()).describe("Who changed it, each once."),
      })
      .describe("People worked on an incident or its alerts."),
    z
      .object({
        kind: z.literal("subject"),
        subject: z.string().describe("As in the audit trail, such as `exception` or `proposal`."),
      })
      .describe("Something else that the audit trail has a record about."),
    z.object({ kind: z.literal("everything") }).describe("Too much to be listed: anything may have changed."),
  ])
  .meta({ id: "Change", description: "What was changed, by whichever process on the same store." });
export type Change = z.infer<typeof change>;

export const changes = z.array(change);

/** Somebody who has an incident open. */
const watcher = z.object({ name: z.string(), since: timestamp });
export type Watcher = Readonly<z.infer<typeof watcher>>;

export const presence = z
  .object({
    key: z.string().describe("Of the incident."),
    people: z.array(watcher).describe("Who else has it open, who came first first."),
  })
  .meta({ id: "Presence", description: "Who else is looking at an incident now." });
export type Presence = z.infer<typeof presence>;

export const ready = z
  .object({ missed: z.boolean().describe("Whether anything was written after `since`.") })
  .meta({ id: "Ready", description: "From here on everything is told." });

export type Ready = z.infer<typeof ready>;

export const changeStream = z.string().meta({
  id: "ChangeStream",
  description:
    "Messages by the protocol of server-sent events, until the connection or the session ends. `ready` comes first; " +
    "`changes` has a list of changes, `presence` who else has an incident open. A `beat` every 15 seconds shows that " +
    "the connection is still there.",
});

/** Most incidents that one stream follows the watchers of. */
export const mostWatched = 20;

export const changesQuery = z
  .object({
    incident: z
      .array(z.string().min(1).max(2000))
      .max(mostWatched)
      .default([])
      .describe("Keys of the incidents that the person has open: others see that, and who else has them open is sent."),
    since: z.string().max(200).optional().describe("The `id` of the last message that was received."),
  })
  .strict();
