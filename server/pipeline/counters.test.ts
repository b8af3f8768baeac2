import { expect, it } from "vitest";
import type { Problem } from "#contracts/problem";
import { IngestCounters, LISTED, LISTED_OF_FILE } from "./counters.ts";

const run = { id: "i", startedAt: 0, actor: { name: "a" }, paths: ["p"] } as const;
const problem = (file: string, line: number): Problem => ({ code: "json.syntax", message: "m", at: { file, line } });

function countersWith(problems: readonly Problem[], severity: "rejected" | "warning"): IngestCounters {
  const counters = new IngestCounters(run);
  for (const one of problems) {
    counters.addProblem({ severity, problem: one });
  }
  return counters;
}

it("lists the problems of every file, also after a file with thousands, and counts all", () => {
  const many = Array.from({ length: 5000 }, (_, line) => problem("many.json", line));
  const { rejected, rejectedTotal } = countersWith([...many, problem("other.json", 1)], "rejected").summary("done", 0);
  expect(rejected).toEqual([...many.slice(0, LISTED_OF_FILE), problem("other.json", 1)]);
  expect(rejectedTotal).toBe(5001);
});

it("says how many warnings and skipped files there are, not how many it lists", () => {
  const counters = countersWith(
    Array.from({ length: 3000 }, (_, index) => problem(`${index}.json`, 1)),
    "warning",
  );
  const ignored = Array.from({ length: 1500 }, (_, index) => ({ file: `${index}.txt`, reason: "r" }));
  counters.addRead({ ...{ file: "f", files: 0, records: 0, bytes: 0, problems: [] }, ignored });
  const summary = counters.summary("done", 0);
  expect(summary).toMatchObject({ warningsTotal: 3000, ignoredTotal: 1500 });
  expect([summary.warnings.length, summary.ignored.length]).toEqual([LISTED, LISTED]);
});

it("lists the same after an interruption", () => {
  const problems = Array.from({ length: 300 }, (_, line) => problem(line < 250 ? "many.json" : "other.json", line));
  const before = countersWith(problems.slice(0, 180), "rejected");
  const resumed = new IngestCounters(run, { summary: before.summary("running", 0), ...before.totals });
  for (const one of problems.slice(180)) {
    resumed.addProblem({ severity: "rejected", problem: one });
  }
  const whole = countersWith(problems, "rejected").summary("done", 0);
  expect(resumed.summary("done", 0)).toMatchObject({ rejected: whole.rejected, rejectedTotal: whole.rejectedTotal });
});
