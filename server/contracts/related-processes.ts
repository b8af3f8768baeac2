import { z } from "zod";
import { processNode } from "./lineage.ts";
import { pageOf } from "./page.ts";
import { timestamp } from "./time.ts";

export const prevalence = z.enum(["new", "new-on-host", "rare", "common", "unknown"]).meta({
  id: "Prevalence",
  description:
    "How common a child is among other runs of the parent's image. `new`: no other run had it. `new-on-host`: none " +
    "on this host. `rare`: fewer than one run in twenty. `unknown`: too few other runs.",
});
export type Prevalence = z.infer<typeof prevalence>;

const childGroupCounts = z.object({
  childGroup: z.string(),
  name: z.string().optional(),
  commandTemplate: z.string().optional(),
  onHost: z.number().describe("Other runs on this host that had such a child."),
  everywhere: z.number().describe("Other runs on all hosts that had such a child."),
});

export const comparison = z
  .object({
    key: z.string(),
    name: z.string().optional(),
    from: timestamp.optional().describe("Start of the time in which other runs were looked for."),
    to: timestamp.optional(),
    onHost: z.object({ compared: z.number(), total: z.number() }).describe("Other runs on this host."),
    everywhere: z
      .object({ compared: z.number(), total: z.number(), hosts: z.number() })
      .describe("Other runs on all hosts."),
    children: z.array(
      childGroupCounts.extend({
        total: z.number().describe("Children of this process; exact."),
        prevalence,
        seen: z
          .object({ total: z.number(), first: timestamp.optional() })
          .describe("Processes with this image and command-line template under any parent."),
      }),
    ),
    missing: z
      .array(childGroupCounts)
      .describe("Children that other runs usually have and this one has not, the most frequent first."),
    notes: z.array(z.string()).describe("What the comparison leaves out, and why."),
  })
  .meta({ id: "Comparison", description: "The children of a process compared with those of other runs of its image." });
export type Comparison = Readonly<z.infer<typeof comparison>>;

export const relation = z.enum(["descendant", "sibling", "session", "hash", "command-template"]).meta({
  id: "Relation",
  description: "Why a process is related to another one.",
});
export type Relation = z.infer<typeof relation>;

export const relatedProcesses = pageOf(
  z.object({
    process: processNode,
    reasons: z.array(z.object({ relation, why: z.string() })),
  }),
)
  .extend({
    notes: z.array(z.string()).describe("What the list leaves out, and why."),
  })
  .meta({
    id: "RelatedProcesses",
    description: "Processes without alerts that are related to a process, those with the most reasons first.",
  });
export type RelatedProcesses = Readonly<z.infer<typeof relatedProcesses>>;
