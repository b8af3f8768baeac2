import { sep } from "node:path";
import { createDetector } from "../detection/detector.ts";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Detector, Rule } from "../detection/rule.ts";
import type { LoadedRules, LoadedVersion, RuleLoadStatus } from "../detection/rule-files/loaded-rules.ts";
import { createIndicatorIndex, type IndicatorIndex } from "./indicators.ts";
import type { RuleSelection } from "./selection.ts";

/** What is known of a rule beside the rule itself. */
export interface RuleEntry {
  readonly rule: Rule;
  readonly enabled: boolean;
  /** The rule folder that it was loaded from, and the hash of the file's text. */
  readonly folder: string;
  readonly hash: string;
}

/**
 * All rules as they were loaded at one time. Never changed: a reload makes another one, and who holds this one keeps
 * it.
 */
export interface Ruleset {
  /** Disabled ones included. */
  readonly rules: readonly Rule[];
  readonly byId: ReadonlyMap<string, Rule>;
  readonly entries: ReadonlyMap<string, RuleEntry>;
  readonly versions: readonly LoadedVersion[];
  readonly disabled: ReadonlySet<string>;
  readonly folders: readonly RuleFolder[];
  readonly files: readonly RuleLoadStatus[];
  readonly macros: Macros;
  /** The enabled rules, compiled when first asked for. */
  readonly detector: Detector;
  /** What rules look for, by which of them; built when first asked for. */
  readonly indicators: IndicatorIndex;
  /** ATT&CK techniques by id, as any of the rules names them; collected when first asked for. */
  readonly techniqueNames: ReadonlyMap<string, string>;
}

export interface RuleFolder {
  readonly path: string;
  /** Given when the program was started, or added in the page. */
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
  // A rule that is only there for correlations must not come to life when these are turned off.
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

/** The same rules, others of them turned off. */
export function withSelection(ruleset: Ruleset, selection: Pick<RuleSelection, "disabled">): Ruleset {
  return rulesetOf(ruleset, ruleset.folders, selection);
}

/** The folder that a file was reached from: the longest of those that lead to it. */
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
