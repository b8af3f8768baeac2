import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "./unified-diff.ts";

const names = { left: "a", right: "b" };

describe("a unified diff", () => {
  it("has the changed lines with three lines around them", () => {
    const left = "1\n2\n3\n4\n5\n6\n7\n8";
    expect(unifiedDiff(left, left.replace("5", "five\nand more"), names)).toBe(
      "--- a\n+++ b\n@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+five\n+and more\n 6\n 7\n 8\n",
    );
    expect(unifiedDiff(left, left, names)).toBe("");
  });

  it("makes the left text the right one for the command patch", ({ skip }) => {
    try {
      execFileSync("patch", ["--version"]);
    } catch {
      skip("no command patch");
    }
    const folder = mkdtempSync(join(tmpdir(), "diff-"));
    const file = join(folder, "a");
    const lines = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 30 });
    try {
      fc.assert(
        fc.property(lines, lines, (left, right) => {
          const [from, to] = [`${left.join("\n")}\n`, `${right.join("\n")}\n`];
          const text = unifiedDiff(from.slice(0, -1), to.slice(0, -1), names);
          writeFileSync(file, from);
          if (text !== "") {
            execFileSync("patch", ["-s", file], { input: text });
          }
          expect(readFileSync(file, "utf8")).toBe(to);
        }),
        { numRuns: 20 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
