import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { pageOf } from "../../people/page.ts";
import type { PeopleReader, SessionRecord, TokenRecord } from "../../people/port.ts";
import { externalKey, userNameKey } from "../../people/records.ts";
import { linkOf, passkeyOf, passwordOf, personOf, sessionBodyOf, tokenBodyOf } from "../../people/rows.ts";
import type { Queries } from "../connection.ts";
import type { Parameters } from "../driver-value.ts";
import { number, optionalNumber, optionalText, type Row, text } from "../row.ts";

const sessionOf = (row: Row): SessionRecord => ({ ...sessionBodyOf(row), lastUsedAt: number(row, "lastUsedAt") });
const tokenOf = (row: Row): TokenRecord => ({
  ...tokenBodyOf(row),
  lastUsedAt: optionalNumber(row, "lastUsedAt"),
  lastUsedFrom: optionalText(row, "lastUsedFrom"),
});
const tokenColumns =
  "t.id AS id, t.createdAt AS createdAt, t.body AS body, t.lastUsedAt AS lastUsedAt, t.lastUsedFrom AS lastUsedFrom";
const isOpen = "s.expiresAt > $now AND s.lastUsedAt >= $usedSince";

export function peopleReader(queries: Queries): PeopleReader {
  const one = async <T>(map: (row: Row) => T, cypher: string, parameters: Parameters) => {
    const [row] = await queries.run(cypher, parameters);
    return row === undefined ? undefined : map(row);
  };
  const count = async (cypher: string, parameters: Parameters = {}) =>
    (await one((row) => number(row, "count"), cypher, parameters)) ?? 0;
  return {
    ...accountReader(one, queries),
    async people({ cursor, limit }) {
      const [order, id] = decodeCursor(cursor, ["string", "string"]) ?? ["", ""];
      const rows = await queries.run(
        `MATCH (p:Person) WHERE p.nameOrder > $order OR (p.nameOrder = $order AND p.id > $id)
         RETURN p.id AS id, p.nameOrder AS nameOrder, p.body AS body ORDER BY p.nameOrder, p.id LIMIT $limit`,
        { order, id, limit: limit + 1 },
      );
      const total = await count("MATCH (p:Person) RETURN count(p) AS count");
      const cursorOf = (row: Row) => encodeCursor([text(row, "nameOrder"), text(row, "id")]);
      const page = pageOf(rows, limit, total, cursorOf);
      return { ...page, items: readable(page.items, personOf) };
    },
    otherAdministrators: (id) =>
      count("MATCH (p:Person) WHERE p.activeAdministrator AND p.id <> $id RETURN count(p) AS count", { id }),
    async access(ids, { now, usedSince }) {
      const rows = await queries.run(
        `UNWIND $ids AS id
         RETURN id, EXISTS { (:Password {personId: id}) } AS password,
           COUNT { (:Passkey {personId: id}) } AS passkeys,
           EXISTS { MATCH (l:SignInLink {personId: id}) WHERE l.expiresAt > $now } AS link,
           COUNT { MATCH (s:SignInSession {personId: id}) WHERE ${isOpen} } AS sessions`,
        { ids, now, usedSince },
      );
      return new Map(
        rows.map((row) => [
          text(row, "id"),
          {
            password: row["password"] === true,
            passkeys: number(row, "passkeys"),
            link: row["link"] === true,
            sessions: number(row, "sessions"),
          },
        ]),
      );
    },
    session: (hash) =>
      one(
        (row) => ({ session: sessionOf(row), person: personOf({ id: row["personId"], body: row["person"] }) }),
        `MATCH (s:SignInSession {hash: $hash}) MATCH (p:Person {id: s.personId})
         RETURN s.id AS id, s.body AS body, s.lastUsedAt AS lastUsedAt, p.id AS personId, p.body AS person`,
        { hash },
      ),
    async sessions(personId, { now, usedSince }) {
      const rows = await queries.run(
        `MATCH (s:SignInSession {personId: $personId}) WHERE ${isOpen}
         RETURN s.id AS id, s.body AS body, s.lastUsedAt AS lastUsedAt ORDER BY s.startedAt DESC, s.id`,
        { personId, now, usedSince },
      );
      return rows.map(sessionOf);
    },
    tokenByHash: (hash) => one(tokenOf, `MATCH (t:ServiceToken {hash: $hash}) RETURN ${tokenColumns}`, { hash }),
    token: (id) => one(tokenOf, `MATCH (t:ServiceToken {id: $id}) RETURN ${tokenColumns}`, { id }),
    async tokens({ cursor, limit }) {
      const [at, id] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const rows = await queries.run(
        `MATCH (t:ServiceToken) WHERE t.createdAt < $at OR (t.createdAt = $at AND t.id > $id)
         RETURN ${tokenColumns} ORDER BY t.createdAt DESC, t.id LIMIT $limit`,
        { at, id, limit: limit + 1 },
      );
      const total = await count("MATCH (t:ServiceToken) RETURN count(t) AS count");
      const cursorOf = (row: Row) => encodeCursor([number(row, "createdAt"), text(row, "id")]);
      const page = pageOf(rows, limit, total, cursorOf);
      return { ...page, items: readable(page.items, tokenOf) };
    },
  };
}

type One = <T>(map: (row: Row) => T, cypher: string, parameters: Parameters) => Promise<T | undefined>;

function accountReader(
  one: One,
  queries: Queries,
): Pick<PeopleReader, "person" | "personNamed" | "externalPerson" | "password" | "passkeys" | "passkey" | "link"> {
  return {
    person: (id) => one(personOf, "MATCH (p:Person {id: $id}) RETURN p.id AS id, p.body AS body", { id }),
    personNamed: (userName) =>
      one(personOf, "MATCH (p:Person {userNameKey: $key}) RETURN p.id AS id, p.body AS body", {
        key: userNameKey(userName),
      }),
    externalPerson: (issuer, subject) =>
      one(personOf, "MATCH (p:Person {externalKey: $key}) RETURN p.id AS id, p.body AS body", {
        key: externalKey({ issuer, subject }),
      }),
    password: (personId) =>
      one(passwordOf, "MATCH (p:Password {personId: $personId}) RETURN p.personId AS id, p.body AS body", {
        personId,
      }),
    async passkeys(personId) {
      const rows = await queries.run(
        "MATCH (k:Passkey {personId: $personId}) RETURN k.id AS id, k.body AS body ORDER BY k.createdAt, k.id",
        { personId },
      );
      return rows.map(passkeyOf);
    },
    passkey: (id) => one(passkeyOf, "MATCH (k:Passkey {id: $id}) RETURN k.id AS id, k.body AS body", { id }),
    link: (hash) => one(linkOf, "MATCH (l:SignInLink {hash: $hash}) RETURN l.personId AS id, l.body AS body", { hash }),
  };
}
