import { z } from "zod";
import { processNode } from "./lineage.ts";

/**
 * How common a child group (image and command-line template) is: `new`, no other run of the parent's image had it;
 * `new-on-host`, none on this host; `rare`, fewer than one run in twenty; `unknown`, too few other runs to say.
 */
export const prevalence = z.enum(["new", "new-on-host", "rare", "common", "unknown"]);
export type Prevalence = z.infer<typeof prevalence>;

const childGroupCounts = z.object({
  childGroup: z.string(),
  name: z.string().optional(),
  commandTemplate: z.string().optional(),
  /** Other runs that had such a child: on this host, and on all hosts. */
  onHost: z.number(),
  everywhere: z.number(),
});

/** The children of one process beside those of other runs of its image. */
export const comparison = z.object({
  key: z.string(),
  name: z.string().optional(),
  /** The window in which runs were looked for, as far as it is bounded. */
  from: z.string().optional(),
  to: z.string().optional(),
  /** Runs that were compared, of how many in the window. */
  onHost: z.object({ compared: z.number(), total: z.number() }),
  everywhere: z.object({ compared: z.number(), total: z.number(), hosts: z.number() }),
  children: z.array(
    childGroupCounts.extend({
      /** Here; exact. */
      total: z.number(),
      prevalence,
      /** Processes of this image and shape under any parent: how many are stored, and when the first one started. */
      seen: z.object({ total: z.number(), first: z.string().optional() }),
    }),
  ),
  /** What other runs usually have and this one has not, the most frequent first. */
  missing: z.array(childGroupCounts),
  /** What the answer leaves out and why, a sentence each. */
  notes: z.array(z.string()),
});
export type Comparison = Readonly<z.infer<typeof comparison>>;

/** Why a process is related to a branch. */
export const relation = z.enum(["descendant", "sibling", "session", "hash", "command-template"]);
export type Relation = z.infer<typeof relation>;

/** Processes that raised nothing and are related to an alert's branch; the most reasons first. */
export const relatedProcesses = z.object({
  items: z.array(
    z.object({
      process: processNode,
      reasons: z.array(z.object({ relation, why: z.string() })),
    }),
  ),
  total: z.number(),
  next: z.string().optional(),
  notes: z.array(z.string()),
});
export type RelatedProcesses = Readonly<z.infer<typeof relatedProcesses>>;
