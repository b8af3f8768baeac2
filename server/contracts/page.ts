import { z } from "zod";

/** Query parameters of every route that returns pages. */
export const pageQuery = z.object({
  cursor: z.string().optional().describe("The `next` of the preceding page. Absent: the first page."),
  limit: z.number().int().min(1).max(500).default(100).describe("Items per page."),
});

/** Which page of a list is asked for. */
export type PageRequest = Readonly<z.output<typeof pageQuery>>;

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    total: z.number().describe("Items of all pages together; exact."),
    next: z.string().optional().describe("The cursor of the next page; absent on the last one. Opaque."),
    truncationReason: z.string().optional().describe("Why the pages together end before the total, if they do."),
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
