import { compileTest } from "../condition/match-value.ts";
import { recordKinds } from "../event/record-kinds.ts";
import type { SeenKind } from "./seen-fields.ts";

/** Data streams as rules of Elastic name them, by patterns such as `logs-endpoint.events.process-*`. */
const streamOf = (dataset: unknown) => `logs-${String(dataset)}-default`;
const DATASET = "data_stream.dataset";

/** The data streams of Windows records. */
const windows: readonly string[] = [
  "winlogbeat-8",
  streamOf("windows.forwarded"),
  ...new Set(recordKinds.map(({ constant }) => constant[DATASET]).flatMap((name) => name ?? [])).values().map(streamOf),
];

export interface Streams {
  /** Whether the rule is written for Windows records too, or does not say for what. */
  readonly ofWindows: boolean;
  /** Those for which the rule is written, other than those of Windows, and of which no event is stored. */
  readonly notStored: readonly string[];
}

/**
 * Which data streams a rule is written for, by the patterns of its index (`*` for any characters), compared with those
 * of Windows records and of the stored events. The names follow the Elastic Stack: type, dataset and namespace.
 */
export function streamsOf(patterns: readonly string[] | undefined, kinds: readonly SeenKind[]): Streams {
  if (patterns === undefined || patterns.length === 0) {
    return { ofWindows: true, notStored: [] };
  }
  const stored = kinds.flatMap(({ constant }) => constant[DATASET] ?? []).map(streamOf);
  const others = patterns.filter((pattern) => !matchesAny(pattern, windows));
  return {
    ofWindows: others.length < patterns.length,
    notStored: others.filter((pattern) => !matchesAny(pattern, stored)),
  };
}

function matchesAny(pattern: string, names: readonly string[]): boolean {
  const matches = compileTest({
    kind: "wildcard",
    patterns: [pattern],
    caseInsensitive: false,
    single: false,
    escape: false,
  });
  return names.some(matches);
}
