import { z } from "zod";
import type { GuideEntry, RuleGuide } from "../guide.ts";
import type { Places } from "./places.ts";

const entries = z.array(z.unknown()).catch([]).default([]);

/**
 * Queries that the guide of a rule names by their place, `$investigate_0`: Elastic's tools put them in when they
 * publish. They are kept as written: the rule runs whatever they are.
 */
export const transform = z
  .object({ investigate: entries, osquery: entries })
  .catch({ investigate: [], osquery: [] })
  .default({ investigate: [], osquery: [] });
type Transform = z.infer<typeof transform>;

/** The guide of a rule, or `undefined` where it has none. */
export function elasticGuide(
  { note, setup }: { readonly note: string; readonly setup: string },
  { investigate, osquery }: Transform,
  text: string,
  places: Places,
): RuleGuide | undefined {
  if (note.trim() === "" && setup.trim() === "") {
    return undefined;
  }
  return {
    note,
    noteLine: note === "" ? 1 : (places.inside(["rule", "note"], note, { line: 1, column: 1 }).line ?? 1),
    setup,
    investigate: withLines(investigate, "transform.investigate", text),
    osquery: withLines(osquery, "transform.osquery", text),
  };
}

/** Each entry begins with a header of its own, in the usual way to write them; otherwise lines are left out. */
function withLines(values: readonly unknown[], table: string, text: string): readonly GuideEntry[] {
  if (values.length === 0) {
    return [];
  }
  const lines = text.split("\n").flatMap((line, index) => (line.trim() === `[[${table}]]` ? [index + 1] : []));
  return values.map((value, index) => (lines.length === values.length ? { value, line: lines[index] } : { value }));
}
