import { number, type Parameters, type Queries } from "./connection.ts";

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
