import { z } from "zod";
import { severity } from "./alert.ts";
import { unreadable } from "./page.ts";
import { timestamp } from "./time.ts";

export const findKind = z
  .enum(["alert", "host", "user", "process", "address", "hash", "rule"])
  .meta({ id: "FindKind", description: "What was found. Each kind is one group of a result." });
export type FindKind = z.infer<typeof findKind>;

export const foundItem = z
  .object({
    kind: findKind,
    id: z
      .string()
      .describe("What it is opened by: the id of an alert or rule, the key of a host or user, else the value itself."),
    label: z.string(),
    detail: z.string().optional().describe("One line beside the label."),
    matched: z
      .object({ what: z.string().describe("In words, such as `Command line`."), text: z.string() })
      .optional()
      .describe("Why it was found; absent if the label is the reason."),
    severity: severity.optional(),
    time: timestamp.optional().describe("When an alert happened, or when a program last ran."),
    host: z.string().optional().describe("The only host that had an address."),
  })
  .meta({ id: "FoundItem", description: "Something that was found, and where it leads." });
export type FoundItem = Readonly<z.infer<typeof foundItem>>;

export const findGroup = z
  .object({
    kind: findKind,
    items: z.array(foundItem).describe("The best first."),
    total: z.number().optional().describe("Exact. Absent if it was not counted; there are more than listed then."),
    note: z.string().optional().describe("What was not searched, if anything."),
  })
  .meta({ id: "FindGroup", description: "What was found of one kind." });
export type FindGroup = Readonly<z.infer<typeof findGroup>>;

export const findQuery = z.object({
  q: z.string().max(200).describe("At least two characters; less finds nothing."),
});
export type FindQuery = Readonly<z.output<typeof findQuery>>;

export const findResult = z
  .object({
    groups: z.array(findGroup).describe("Without empty ones."),
    milliseconds: z.number(),
    unreadable: unreadable.optional().describe("What could not be searched because it is damaged in the store."),
  })
  .meta({ id: "FindResult", description: "What was found by a few characters, by kind." });
export type FindResult = Readonly<z.infer<typeof findResult>>;
