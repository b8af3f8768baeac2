import { sep } from "node:path";
import { createDetector } from "../detection/detector.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Detector, Rule } from "../detection/rule.ts";
import type { LoadedRules, LoadedVersion, RuleLoadStatus } from "../detection/rule-files/loaded-rules.ts";
import { createIndicatorIndex, type IndicatorIndex } from "./indicators.ts";
import type { RuleSelection } from "./selection.ts";

/** A rule with its state in the loaded set. */
export interface RuleEntry {
  readonly rule: Rule;
  readonly enabled: boolean;
  /** The rule folder, and the hash of the file's text. */
  readonly folder: string;
  readonly hash: string;
}

/**
 * All rules as loaded at one time. Immutable: a reload creates another set, and holders of this one keep
 * it.
 */
export interface Ruleset {
  /** Including disabled rules. */
  readonly rules: readonly Rule[];
  readonly byId: ReadonlyMap<string, Rule>;
  readonly entries: ReadonlyMap<string, RuleEntry>;
  readonly versions: readonly LoadedVersion[];
  readonly disabled: ReadonlySet<string>;
  readonly folders: readonly RuleFolder[];
  readonly files: readonly RuleLoadStatus[];
  readonly macros: Macros;
  /** The enabled rules, compiled on first use. */
  readonly detector: Detector;
  /** The indicators of all rules, built on first use. */
  readonly indicators: IndicatorIndex;
  /** Names of ATT&CK techniques by id, collected from the rules on first use. */
  readonly techniqueNames: ReadonlyMap<string, string>;
}

export interface RuleFolder {
  readonly path: string;
  /** Configured, or added in the workbench. */
  readonly origin: "configured" | "added";
}

export function rulesetOf(
  loaded: LoadedRules,
  folders: readonly RuleFolder[],
  selection: Pick<RuleSelection, "disabled">,
): Ruleset {
  const disabled = new Set(selection.disabled);
  const active = new Map(loaded.versions.filter((one) => one.active).map((one) => [one.rule.id, one]));
  const entries = new Map(
    loaded.rules.map((rule): readonly [string, RuleEntry] => {
      const version = active.get(rule.id);
      const folder = version === undefined ? undefined : folderOf(version.file, folders);
      return [rule.id, { rule, enabled: !disabled.has(rule.id), folder: folder ?? "", hash: version?.hash ?? "" }];
    }),
  );
  // A rule that only serves correlations must not start to raise alerts when those are disabled.
  const runs = ({ id, partOf = [] }: Rule) =>
    !disabled.has(id) && (partOf.length === 0 || partOf.some((correlation) => !disabled.has(correlation.id)));
  const enabled = once(() => createDetector(loaded.rules.filter(runs)));
  const indicators = once(() => createIndicatorIndex(loaded.rules));
  const techniqueNames = once(
    () =>
      new Map(
        loaded.rules.flatMap(({ techniques }) =>
          techniques.flatMap(({ id, name }): [string, string][] => (name === id ? [] : [[id, name]])),
        ),
      ),
  );
  return {
    rules: loaded.rules,
    byId: new Map(loaded.rules.map((rule) => [rule.id, rule])),
    entries,
    versions: loaded.versions,
    disabled,
    folders,
    files: loaded.files,
    macros: loaded.macros,
    get detector() {
      return enabled();
    },
    get indicators() {
      return indicators();
    },
    get techniqueNames() {
      return techniqueNames();
    },
  };
}

/** The same rules with another selection. */
export function withSelection(ruleset: Ruleset, selection: Pick<RuleSelection, "disabled">): Ruleset {
  return rulesetOf(ruleset, ruleset.folders, selection);
}

/** The folder of a file: the longest matching rule folder. */
export function folderOf(file: string, folders: readonly RuleFolder[]): string | undefined {
  return folders
    .map(({ path }) => path)
    .filter((path) => file === path || file.startsWith(path.endsWith(sep) ? path : path + sep))
    .toSorted((left, right) => right.length - left.length)[0];
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
