import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { equals } from "../../condition/tree.ts";
import { createFinder } from "./find.ts";

const file = "../shared/conformance/eql/data/sequences.series-spec";
const here = existsSync(file);

interface Series {
  readonly name: string;
  readonly stages: readonly string[];
  readonly expected: readonly string[];
}

/** A series is its name, one line per stage up to ";", and the expected sequences up to ";". */
function read(text: string): readonly Series[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("//"));
  const series: Series[] = [];
  for (let rest = lines; rest.length > 0; ) {
    const first = rest.indexOf(";");
    const second = rest.indexOf(";", first + 1);
    const [name = "", ...stages] = rest.slice(0, first);
    series.push({ name, stages, expected: rest.slice(first + 1, second) });
    rest = rest.slice(second + 1);
  }
  return series;
}

/** `r|W1` is the event W1 at time 1 with key r. */
function event(text: string, stage: number) {
  const [, key = "none", id = "", time = ""] = /^(?:(\w+)\|)?([A-Z]+(\d+))$/.exec(text) ?? [];
  return { id, key, time: Number(time), fields: { stage, key } };
}

describe.skipIf(!here)(`a series of events${here ? "" : " (skipped: no ../shared)"}`, () => {
  it.each(here ? read(readFileSync(file, "utf8")) : [])("$name", ({ stages, expected }) => {
    const events = stages.flatMap((line, stage) => (line.match(/\S+/g) ?? []).map((text) => event(text, stage)));
    const keys = [{ field: "key", optional: false }];
    const finder = createFinder({
      kind: "sequence",
      maxspan: undefined,
      until: undefined,
      stages: stages.map((_, stage) => ({ condition: equals("stage", stage), keys, missing: false })),
    });
    for (const next of events.toSorted((left, right) => left.time - right.time)) {
      finder.add(next);
    }
    const wanted = expected.map((line) =>
      line
        .trim()
        .split(/\s+/)
        .map((text) => text.replace(/^\w+\|/, "")),
    );
    expect(finder.finish()).toEqual(wanted);
  });
});
