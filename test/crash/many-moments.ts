// node test/crash/many-moments.ts [--moments 100] [--seed 1] PATH…
// Ingests the paths without interruption, then again and again with random ones, into databases of their own, and
// compares everything stored. Prints one line per repetition; ends with 1 if there is any difference. For a Neo4j:
// CRASH_MOMENTS=10 npx vitest run test/crash/neo4j.test.ts

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { contentsOfFile, differences } from "./contents.ts";
import { crashRules, randomMoment, randomNumbers, runChild, runThrough, shippedRules } from "./moments.ts";

const { values, positionals } = parseArgs({
  options: { moments: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
  allowPositionals: true,
});
const folder = mkdtempSync(join(tmpdir(), "stemma-crash-"));
const rules = [shippedRules, crashRules];
const paths = positionals.map((path) => resolve(path));

try {
  const reference = join(folder, "reference.db");
  const { writes = 0, summary } = await runChild({ store: reference, paths, rules });
  const expected = await contentsOfFile(reference);
  process.stdout.write(`uninterrupted: ${writes} writes, ${summary?.events} events, ${summary?.alerts} alerts\n`);
  const random = randomNumbers(Number(values.seed));
  let [done, failed] = [0, 0];
  while (done < Number(values.moments)) {
    // One interruption, or several in a row; the later ones may come after the end.
    const moments = Array.from({ length: 1 + Math.floor(random() * 3) }, () => randomMoment(random, writes));
    const store = join(folder, `run-${done}.db`);
    await runThrough({ store, paths, rules }, moments);
    const found = differences(expected, await contentsOfFile(store));
    done += moments.length;
    failed += found.length > 0 ? 1 : 0;
    const where = moments.map(({ write, how }) => `${how} ${write}`).join(", ");
    process.stdout.write(
      `${done}: ${where}: ${found.length} differences\n${found.map((one) => `  ${one.slice(0, 2000)}\n`).join("")}`,
    );
    for (const suffix of ["", "-wal", "-shm", ".ingest.lock", ".turn.lock"]) {
      rmSync(`${store}${suffix}`, { force: true });
    }
  }
  process.stdout.write(`${done} moments, ${failed} repetitions with differences\n`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
