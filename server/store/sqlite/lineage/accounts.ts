import type { Account } from "#contracts/account";
import { userKeyOf } from "../../../lineage/account.ts";
import { betterSpelling } from "../../lineage/accounts.ts";
import { accountOf } from "../../lineage/rows.ts";
import type { Connection } from "../connection.ts";

const userByKey = "SELECT key, body FROM users WHERE key = ?";
const upsertUser = "INSERT INTO users (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body";

/** Returns a function that saves the best spelling of an account and returns its key. */
export function accountWriter(connection: Connection): (user: Account) => string {
  const spellings = new Map<string, Account>();
  return (user) => {
    const key = userKeyOf(user);
    const known = spellings.get(key) ?? storedAccount(connection, key);
    const best = known === undefined ? user : betterSpelling(known, user);
    if (best !== known) {
      connection.prepare(upsertUser).run(key, JSON.stringify(best));
    }
    spellings.set(key, best);
    return key;
  };
}

function storedAccount(connection: Connection, key: string): Account | undefined {
  const row = connection.prepare(userByKey).get(key);
  return row === undefined ? undefined : accountOf(row);
}
