// node test/crash/many-batches.ts [--kills 100] [--seed 1]
// Closes and reopens thousands of alerts in batches whose server is killed at random moments, and looks after each
// batch whether every alert was changed once. Prints one line per round; ends with 1 if anything was wrong.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepareBatches } from "./killed-batches.ts";
import { randomNumbers } from "./moments.ts";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "100" }, seed: { type: "string", default: "1" } },
});
const folder = mkdtempSync(join(tmpdir(), "stemma-killed-"));
try {
  const batches = await prepareBatches(folder);
  process.stdout.write(`${batches.alerts} alerts\n`);
  const random = randomNumbers(Number(values.seed));
  const moments = () =>
    Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({ done: random(), delay: random() * 100 })).toSorted(
      (a, b) => a.done - b.done,
    );
  let [kills, met, failed] = [0, 0, 0];
  while (kills < Number(values.kills)) {
    const [closing, undoing] = [moments(), moments()];
    const { wrong, interrupted } = await batches.round({ closing, undoing });
    kills += closing.length + undoing.length;
    met += interrupted;
    failed += wrong.length > 0 ? 1 : 0;
    const times = [closing, undoing].map((some) => some.map(({ done }) => `${Math.round(100 * done)} %`).join(", "));
    process.stdout.write(
      `${kills}: closing ${times[0]}, undoing ${times[1]}: ${interrupted} interrupted\n${wrong.map((one) => `  ${one}\n`).join("")}`,
    );
  }
  process.stdout.write(`${kills} kills, ${met} of them in a batch that was not done; ${failed} rounds with faults\n`);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
