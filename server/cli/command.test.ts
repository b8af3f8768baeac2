import { describe, expect, it } from "vitest";
import { describe as describeProblem, readArguments } from "./command.ts";

const context = { environment: {}, directory: "/data" };

describe("arguments", () => {
  it.each([
    ["--analyst", "lena"],
    ["--person", "lena"],
  ])("read the analyst from %s", (flag, name) => {
    const read = readArguments([flag, name], { settings: ["person", "analyst"] }, context);
    expect(read.ok && read.value.config.analyst).toBe(name);
  });

  it("prefer the current name of a flag to its former one", () => {
    const args = ["--analyst", "omar", "--person", "lena"];
    const read = readArguments(args, { settings: ["person", "analyst"] }, context);
    expect(read.ok && read.value.config.analyst).toBe("omar");
  });

  it("take an id that begins with a dash as one, wherever it is, and other unknown options not", () => {
    const accepted = {
      options: { json: { type: "boolean" }, "of-a-length-as-ids-have": { type: "boolean" } },
      positionals: { least: 1, most: 2, what: "ids" },
    } as const;
    const id = "-Ab0_9-cdefghijklmnopq";
    const both = "--b0_9-cdefghijklmnopq";
    for (const args of [[id], [id, "--json"], ["--json", id], ["--", id]]) {
      const read = readArguments(args, accepted, context);
      expect(read.ok && read.value.positionals).toEqual([id]);
    }
    const two = readArguments([both, "--json", "--", id], accepted, context);
    expect(two.ok && two.value.positionals).toEqual([both, id]);
    expect(two.ok && two.value.flag("json")).toBe(true);
    expect(readArguments(["--jsno", "a"], accepted, context).ok).toBe(false);
    expect(readArguments(["-abc", "a"], accepted, context).ok).toBe(false);
    const option = readArguments(
      ["--of-a-length-as-ids-h", "a"],
      {
        ...accepted,
        options: { "of-a-length-as-ids-h": { type: "boolean" } },
      },
      context,
    );
    expect(option.ok && option.value.positionals).toEqual(["a"]);
  });

  it("report every problem at once", () => {
    const read = readArguments(["a", "--rows", "0", "--port", "x"], { numbers: ["rows"], settings: ["port"] }, context);
    expect(read.ok ? [] : read.error.map(({ code }) => code)).toEqual([
      "usage.argument",
      "usage.value",
      "config.invalid",
    ]);
  });
});

it("prints a problem with its place once, and with its remedy", () => {
  const problem = { code: "json.syntax", message: "not JSON", remedy: "Export it again." } as const;
  expect(describeProblem({ ...problem, at: { file: "a.json", line: 3 } })).toBe(
    "a.json, line 3: not JSON. Export it again.",
  );
  const named = { ...problem, message: "a.json: not JSON" };
  expect(describeProblem({ ...named, at: { file: "a.json" } })).toBe("a.json: not JSON. Export it again.");
  expect(describeProblem({ ...named, at: { file: "a.json", offset: 7 } })).toBe(
    "a.json, byte 7: not JSON. Export it again.",
  );
});
