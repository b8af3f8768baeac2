import { coalesced, coalescedByKind } from "./coalesce.ts";
import type { Queries } from "./connection.ts";
import type { Parameter } from "./driver-value.ts";
import { QueryParameters } from "./parameters.ts";
import { list, number, type Row } from "./row.ts";

/**
 * Cypher that returns one map per row. Values are added to the parameters; they cannot be used behind LIMIT or within
 * `CALL ()`, because they become properties of the variable `ask`: import that as `CALL (ask)`.
 */
export type Part = (parameters: QueryParameters) => string;

/**
 * Reads that are sent together: what is asked for in one turn of the event loop becomes as few queries as possible,
 * because each costs a round trip. See docs/decisions/0035.
 */
export interface Reads {
  /** The maps that a subquery returns. */
  rows(subquery: Part): Promise<readonly Row[]>;
  /** The number of rows that a subquery returns. */
  count(subquery: Part): Promise<number>;
  /** For reads that belong together: they become one query in any case. */
  ofOneCall(): Reads;
}

interface Asked {
  readonly text: string;
  readonly values: Readonly<Record<string, Parameter>>;
}

/**
 * Everything that is asked for in one turn becomes one query. The server plans every new combination of parts, so only
 * reads of one request share an instance, whose combinations recur. How often a part occurs does not change the text.
 */
export function combinedReads(queries: Queries): Reads {
  const reads: Reads = {
    ...readsWith(coalesced((asked: readonly Asked[]) => answered(queries, asked), { turns: 2 })),
    ofOneCall: () => reads,
  };
  return reads;
}

/** For reads of any origin: equal parts of one turn become one query, different ones a query each. */
export function separateReads(queries: Queries): Reads {
  const answer = coalescedByKind(
    ({ text }: Asked) => text,
    (asked) => answered(queries, asked),
  );
  return { ...readsWith(answer), ofOneCall: () => combinedReads(queries) };
}

async function answered(queries: Queries, asked: readonly Asked[]): Promise<readonly (readonly Row[])[]> {
  const asks = asked.map((one, index) => ({ ...one, index }));
  // In the order of their texts, so that the same parts always make the same query.
  const groups = [...Map.groupBy(asks, ({ text }) => text)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const columns = groups.map(
    ([text], group) =>
      `COLLECT {
           UNWIND $g${group} AS ask
           WITH ask, COLLECT { ${text} } AS rows
           RETURN {index: ask.index, rows: rows}
         } AS g${group}`,
  );
  const parameters = Object.fromEntries(
    groups.map(([, members], group) => [`g${group}`, members.map(({ index, values }) => ({ ...values, index }))]),
  );
  const [row = {}] = await queries.run(`RETURN ${columns.join(",\n")}`, parameters);
  const found = new Map(
    groups.flatMap((_, group) => list(row, `g${group}`).map((one) => [number(one, "index"), list(one, "rows")])),
  );
  return asks.map(({ index }) => found.get(index) ?? []);
}

function readsWith(answer: (asked: Asked) => Promise<readonly Row[]>): Omit<Reads, "ofOneCall"> {
  const rows = (subquery: Part): Promise<readonly Row[]> => {
    const parameters = new QueryParameters("ask.");
    return answer({ text: subquery(parameters), values: parameters.all });
  };
  return {
    rows,
    async count(subquery) {
      const [row] = await rows((parameters) => `RETURN {total: COUNT { ${subquery(parameters)} }}`);
      return row === undefined ? 0 : number(row, "total");
    },
  };
}
