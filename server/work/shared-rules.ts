import { setImmediate } from "node:timers/promises";
import { deserialize, serialize } from "node:v8";
import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Rule } from "../detection/rule.ts";
import { type Ruleset, rulesetOf } from "../ruleset/ruleset.ts";

/** Rules per slice: serializing one takes a few milliseconds. */
const SLICE = 100;

/** The rules of a rule set in memory that all threads read. */
export interface SharedRules {
  /** Identifies the rule set: a thread keeps what it has read as long as this stays the same. */
  readonly version: number;
  readonly slices: readonly SharedArrayBuffer[];
  readonly macros: Macros;
  readonly disabled: ReadonlySet<string>;
}

/** Shares rule sets, each once. Rules are plain values, which threads compile again. */
export class RuleSharing {
  readonly #shared = new WeakMap<Ruleset, Promise<SharedRules>>();
  #versions = 0;

  of(ruleset: Ruleset): Promise<SharedRules> {
    const known = this.#shared.get(ruleset);
    if (known !== undefined) {
      return known;
    }
    this.#versions += 1;
    const shared = share(ruleset, this.#versions);
    this.#shared.set(ruleset, shared);
    return shared;
  }
}

async function share({ rules, macros, disabled }: Ruleset, version: number): Promise<SharedRules> {
  const slices: SharedArrayBuffer[] = [];
  for (let start = 0; start < rules.length; start += SLICE) {
    const bytes = serialize(rules.slice(start, start + SLICE));
    const slice = new SharedArrayBuffer(bytes.byteLength);
    new Uint8Array(slice).set(bytes);
    slices.push(slice);
    await setImmediate();
  }
  return { version, slices, macros, disabled };
}

/** The rule set in a thread. Without files and versions, which only the server knows. */
export function readSharedRules({ slices, macros, disabled }: SharedRules): Ruleset {
  const rules = slices.flatMap((slice): readonly Rule[] => deserialize(Buffer.from(new Uint8Array(slice))));
  return rulesetOf({ rules, versions: [], files: [], macros }, [], { disabled: [...disabled] });
}
