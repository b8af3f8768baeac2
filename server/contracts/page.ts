import { z } from "zod";
import { problem } from "./problem.ts";

/** Query parameters of every route that returns pages. */
export const pageQuery = z.object({
  cursor: z.string().optional().describe("The `next` of the preceding page. Absent: the first page."),
  limit: z.number().int().min(1).max(500).default(100).describe("Items per page."),
});

/** Which page of a list is asked for. */
export type PageRequest = Readonly<z.output<typeof pageQuery>>;

/** What a result lacks because it is damaged in the store. The rest of the result is whole. */
export const unreadable = z
  .object({
    count: z.number().describe("Stored values that were left out."),
    problems: z.array(problem).describe("The first few different ones, with what to do."),
  })
  .meta({ id: "Unreadable", description: "What a result lacks because the store is damaged." });
export type Unreadable = Readonly<z.infer<typeof unreadable>>;

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().describe("Items of all pages together; exact."),
    next: z.string().optional().describe("The cursor of the next page; absent on the last one. Opaque."),
    truncationReason: z.string().optional().describe("Why the pages together end before the total, if they do."),
    unreadable: unreadable.optional().describe("What this page lacks because it is damaged in the store."),
  });
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next?: string;
  readonly truncationReason?: string;
}

/** A list that comes whole or, if it is too long, with its first items and its exact total. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().describe("Exact, also when not all are listed."),
    truncationReason: z.string().optional().describe("Why not all are listed, if so."),
  });
}
