import type { Queries } from "./connection.ts";
import type { Parameters } from "./driver-value.ts";
import { number } from "./row.ts";

/** How many of `what` the beginning of a query finds. */
export async function countOf(
  queries: Queries,
  matching: string,
  what: string,
  parameters: Parameters,
): Promise<number> {
  const [row] = await queries.run(`${matching} RETURN count(${what}) AS total`, parameters);
  return row === undefined ? 0 : number(row, "total");
}
