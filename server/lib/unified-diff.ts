import { type Difference, diff } from "./diff.ts";

/** Lines around a change. */
const contextLines = 3;

/** Two texts as a unified diff, which `patch` and code hosts read; empty if they are equal. */
export function unifiedDiff(
  left: string,
  right: string,
  names: { readonly left: string; readonly right: string },
): string {
  const lines = diff(linesOf(left), linesOf(right));
  const hunks = hunksOf(lines);
  return hunks.length === 0
    ? ""
    : [`--- ${names.left}`, `+++ ${names.right}`, ...hunks.flatMap(printHunk)].map((line) => `${line}\n`).join("");
}

function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split("\n");
}

type Line = Difference<string>;

function hunksOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const hunks: Line[][] = [];
  let end = 0;
  for (const [index, { side }] of lines.entries()) {
    if (side === "both") {
      continue;
    }
    const start = Math.max(0, index - contextLines);
    const last = hunks.at(-1);
    if (last === undefined || start > end) {
      hunks.push(lines.slice(start, index + 1));
    } else {
      last.push(...lines.slice(end, index + 1));
    }
    end = index + 1;
    const next = lines.slice(end, end + contextLines);
    const unchanged = next.findIndex((line) => line.side !== "both");
    const context = unchanged === -1 ? next : next.slice(0, unchanged);
    hunks.at(-1)?.push(...context);
    end += context.length;
  }
  return hunks;
}

function printHunk(hunk: readonly Line[]): readonly string[] {
  const on = (side: "left" | "right") => {
    const there = hunk.filter((line) => line[side] !== undefined);
    return `${there[0]?.[side] ?? 0},${there.length}`;
  };
  const mark = { both: " ", left: "-", right: "+" } as const;
  return [`@@ -${on("left")} +${on("right")} @@`, ...hunk.map(({ side, item }) => mark[side] + item)];
}
