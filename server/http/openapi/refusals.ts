import { STATUS_CODES } from "node:http";
import type { Route } from "#contracts/api";
import { problemDetails, problemType } from "#contracts/problem";
import { problemTitles, type RequestProblemCode } from "#contracts/problem-codes";
import { problemsOf } from "#contracts/routes/route";
import { problemStatus } from "../problem-status.ts";
import { type Json, referenceTo } from "./schemas.ts";

/** The refusals of a route by status: their codes, titles and an example of each. */
export function refusalsOf(route: Route): Readonly<Record<string, Json>> {
  const byStatus = Map.groupBy(problemsOf(route), (code) => problemStatus[code]);
  return Object.fromEntries([...byStatus].map(([status, codes]) => [String(status), refusal(status, codes)]));
}

function refusal(status: number, codes: readonly RequestProblemCode[]): Json {
  const titles = codes.map((code) => `\`${code}\` (${problemTitles[code]})`).join(", ");
  return {
    description: `${STATUS_CODES[status]}: ${titles}`,
    content: {
      "application/problem+json": {
        schema: referenceTo(problemDetails),
        examples: Object.fromEntries(
          codes.map((code) => [
            code,
            {
              value: {
                type: problemType(code),
                code,
                title: problemTitles[code],
                status,
                detail: `${problemTitles[code]}.`,
              },
            },
          ]),
        ),
      },
    },
  };
}
