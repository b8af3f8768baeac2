import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { pageOf } from "../../people/page.ts";
import type { PasskeyRecord, PeopleReader, PersonRecord, SessionRecord, TokenRecord } from "../../people/port.ts";
import {
  externalKey,
  linkRecord,
  nameOrder,
  passkeyRecord,
  passwordRecord,
  personRecord,
  sessionRecord,
  tokenRecord,
  userNameKey,
} from "../../people/records.ts";
import type { Queries } from "../connection.ts";
import type { Parameters } from "../driver-value.ts";
import { number, optionalNumber, optionalText, type Row, text } from "../row.ts";

const body = (row: Row): unknown => JSON.parse(text(row, "body"));
const personOf = (row: Row): PersonRecord => personRecord.parse(body(row));
const passkeyOf = (row: Row): PasskeyRecord => passkeyRecord.parse(body(row));
const sessionOf = (row: Row): SessionRecord => ({
  ...sessionRecord.parse(body(row)),
  lastUsedAt: number(row, "lastUsedAt"),
});
const tokenOf = (row: Row): TokenRecord => ({
  ...tokenRecord.parse(body(row)),
  lastUsedAt: optionalNumber(row, "lastUsedAt"),
  lastUsedFrom: optionalText(row, "lastUsedFrom"),
});
const tokenColumns = "t.body AS body, t.lastUsedAt AS lastUsedAt, t.lastUsedFrom AS lastUsedFrom";
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
         RETURN p.body AS body ORDER BY p.nameOrder, p.id LIMIT $limit`,
        { order, id, limit: limit + 1 },
      );
      const total = await count("MATCH (p:Person) RETURN count(p) AS count");
      const cursorOf = (person: PersonRecord) => encodeCursor([nameOrder(person), person.id]);
      return pageOf(rows.map(personOf), limit, total, cursorOf);
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
        (row) => ({ session: sessionOf(row), person: personRecord.parse(JSON.parse(text(row, "person"))) }),
        `MATCH (s:SignInSession {hash: $hash}) MATCH (p:Person {id: s.personId})
         RETURN s.body AS body, s.lastUsedAt AS lastUsedAt, p.body AS person`,
        { hash },
      ),
    async sessions(personId, { now, usedSince }) {
      const rows = await queries.run(
        `MATCH (s:SignInSession {personId: $personId}) WHERE ${isOpen}
         RETURN s.body AS body, s.lastUsedAt AS lastUsedAt ORDER BY s.startedAt DESC, s.id`,
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
      return pageOf(rows.map(tokenOf), limit, total, (token) => encodeCursor([token.createdAt, token.id]));
    },
  };
}

type One = <T>(map: (row: Row) => T, cypher: string, parameters: Parameters) => Promise<T | undefined>;

function accountReader(
  one: One,
  queries: Queries,
): Pick<PeopleReader, "person" | "personNamed" | "externalPerson" | "password" | "passkeys" | "passkey" | "link"> {
  return {
    person: (id) => one(personOf, "MATCH (p:Person {id: $id}) RETURN p.body AS body", { id }),
    personNamed: (userName) =>
      one(personOf, "MATCH (p:Person {userNameKey: $key}) RETURN p.body AS body", { key: userNameKey(userName) }),
    externalPerson: (issuer, subject) =>
      one(personOf, "MATCH (p:Person {externalKey: $key}) RETURN p.body AS body", {
        key: externalKey({ issuer, subject }),
      }),
    password: (personId) =>
      one((row) => passwordRecord.parse(body(row)), "MATCH (p:Password {personId: $personId}) RETURN p.body AS body", {
        personId,
      }),
    async passkeys(personId) {
      const rows = await queries.run(
        "MATCH (k:Passkey {personId: $personId}) RETURN k.body AS body ORDER BY k.createdAt, k.id",
        { personId },
      );
      return rows.map(passkeyOf);
    },
    passkey: (id) => one(passkeyOf, "MATCH (k:Passkey {id: $id}) RETURN k.body AS body", { id }),
    link: (hash) =>
      one((row) => linkRecord.parse(body(row)), "MATCH (l:SignInLink {hash: $hash}) RETURN l.body AS body", { hash }),
  };
}
