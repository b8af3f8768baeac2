import type { Macros } from "../detection/languages/tstats/macros.ts";
import type { Rule } from "../detection/rule.ts";
import { collectPlaybooks } from "../playbooks/choose.ts";
import type { Playbook, Playbooks } from "../playbooks/playbook.ts";
import { type Ruleset, rulesetOf } from "../ruleset/ruleset.ts";
import { ListSharing, readSharedList, type SharedList } from "./shared-list.ts";

/** The rules and playbooks of the server, as threads get them: plain values, which they compile again. */
export interface SharedContent {
  readonly rules: SharedList;
  readonly macros: Macros;
  readonly disabled: ReadonlySet<string>;
  readonly playbooks: SharedList;
}

/** What work starts with. */
export interface Content {
  readonly ruleset: Ruleset;
  /** The playbooks of files. */
  readonly playbooks: readonly Playbook[];
}

export class ContentSharing {
  readonly #lists = new ListSharing();

  async of({ ruleset, playbooks }: Content): Promise<SharedContent> {
    const { rules, macros, disabled } = ruleset;
    return {
      rules: await this.#lists.of(rules),
      playbooks: await this.#lists.of(playbooks),
      ...{ macros, disabled },
    };
  }
}

export interface ReadContent {
  /** Without files and versions, which only the server knows. */
  readonly ruleset: Ruleset;
  readonly playbooks: Playbooks;
}

/** Reads content in a thread, and remembers what was sent before. */
export class ContentReader {
  #known: { readonly key: string; readonly content: ReadContent } | undefined;

  read({ rules, macros, disabled, playbooks }: SharedContent): ReadContent {
    const key = JSON.stringify([rules.version, playbooks.version, [...disabled]]);
    if (this.#known?.key !== key) {
      const loaded = { rules: readSharedList<Rule>(rules), versions: [], files: [], macros };
      const ruleset = rulesetOf(loaded, [], { disabled: [...disabled] });
      const ruleOf = (id: string) => ruleset.byId.get(id);
      const content = { ruleset, playbooks: collectPlaybooks(readSharedList<Playbook>(playbooks), ruleOf) };
      this.#known = { key, content };
    }
    return this.#known.content;
  }
}
