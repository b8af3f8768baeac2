import type { Account } from "#contracts/account";
import { accountLabel } from "../../../alert/account-label.ts";
import { userKeyOf } from "../../../lineage/account.ts";
import { betterSpelling } from "../../lineage/accounts.ts";
import { accountOf } from "../../lineage/rows.ts";
import type { Writes } from "../connection.ts";
import { indexed } from "../indexed.ts";
import { optionalText, text } from "../row.ts";

const spellingsOf = "UNWIND $keys AS key MATCH (u:User {key: key}) RETURN u.key AS key, u.body AS body";
const mergeUsers = "UNWIND $users AS user MERGE (u:User {key: user.key}) SET u += user";

/** Saves the best spelling of each account, for display. */
export class AccountWriter {
  readonly #writes: Writes;
  readonly #spellings = new Map<string, Account | undefined>();

  constructor(writes: Writes) {
    this.#writes = writes;
  }

  async save(accounts: readonly Account[]): Promise<void> {
    const byKey = Map.groupBy(accounts, (one) => indexed(userKeyOf(one)));
    await this.#load([...byKey.keys()]);
    const changed = [...byKey].flatMap(([key, spellings]) => {
      const known = this.#spellings.get(key);
      const best = spellings.reduce(betterSpelling, known ?? spellings[0] ?? { name: "" });
      if (best === known) {
        return [];
      }
      this.#spellings.set(key, best);
      return [
        {
          key,
          name: best.name,
          domain: best.domain,
          sid: best.id,
          label: accountLabel(best),
          body: JSON.stringify(best),
        },
      ];
    });
    if (changed.length > 0) {
      this.#writes.later(mergeUsers, { users: changed });
    }
  }

  async #load(keys: readonly string[]): Promise<void> {
    const missing = keys.filter((key) => !this.#spellings.has(key));
    if (missing.length === 0) {
      return;
    }
    for (const row of await this.#writes.run(spellingsOf, { keys: missing })) {
      const body = optionalText(row, "body");
      this.#spellings.set(text(row, "key"), body === undefined ? undefined : accountOf(row));
    }
  }
}
