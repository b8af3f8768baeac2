import type { PeopleWriter } from "../../people/port.ts";
import { externalKey, nameOrder, sessionRecord, tokenRecord, userNameKey } from "../../people/records.ts";
import { linkOf } from "../../people/rows.ts";
import type { Writes } from "../connection.ts";
import { peopleReader } from "./reader.ts";

export function peopleWriter(writes: Writes): PeopleWriter {
  return {
    ...peopleReader(writes),
    ...accountWriter(writes),
    ...sessionWriter(writes),
    async putToken({ id, hash, createdAt, lastUsedAt, lastUsedFrom, ...token }) {
      writes.later(
        `MERGE (t:ServiceToken {id: $id})
         ON CREATE SET t.hash = $hash, t.createdAt = $createdAt, t.lastUsedAt = $lastUsedAt, t.lastUsedFrom = $lastUsedFrom
         SET t.body = $body`,
        {
          id,
          hash,
          createdAt,
          lastUsedAt,
          lastUsedFrom,
          body: JSON.stringify(tokenRecord.parse({ id, hash, createdAt, ...token })),
        },
      );
    },
    async markUsed({ sessions, tokens }) {
      writes.later(
        `UNWIND $sessions AS use MATCH (s:SignInSession {id: use.id}) WHERE s.lastUsedAt < use.at
         SET s.lastUsedAt = use.at`,
        { sessions: sessions.map(({ id, at }) => ({ id, at })) },
      );
      writes.later(
        `UNWIND $tokens AS use MATCH (t:ServiceToken {id: use.id}) WHERE coalesce(t.lastUsedAt, 0) <= use.at
         SET t.lastUsedAt = use.at, t.lastUsedFrom = use.address`,
        { tokens: tokens.map(({ id, at, address }) => ({ id, at, address })) },
      );
    },
  };
}

function accountWriter(
  writes: Writes,
): Pick<PeopleWriter, "putPerson" | "putPassword" | "putPasskey" | "removePasskey" | "putLink" | "takeLink"> {
  return {
    async putPerson(person) {
      writes.later(
        `MERGE (p:Person {id: $id})
         SET p.userNameKey = $userNameKey, p.externalKey = $externalKey, p.nameOrder = $nameOrder,
           p.activeAdministrator = $activeAdministrator, p.body = $body`,
        {
          id: person.id,
          userNameKey: userNameKey(person.userName),
          externalKey: person.external === undefined ? undefined : externalKey(person.external),
          nameOrder: nameOrder(person),
          activeAdministrator: person.role === "administrator" && !person.disabled,
          body: JSON.stringify(person),
        },
      );
    },
    async putPassword(personId, password) {
      if (password === undefined) {
        writes.later("MATCH (p:Password {personId: $personId}) DELETE p", { personId });
      } else {
        writes.later("MERGE (p:Password {personId: $personId}) SET p.body = $body", {
          personId,
          body: JSON.stringify(password),
        });
      }
    },
    async putPasskey(passkey) {
      writes.later("MERGE (k:Passkey {id: $id}) SET k.personId = $personId, k.createdAt = $createdAt, k.body = $body", {
        id: passkey.id,
        personId: passkey.personId,
        createdAt: passkey.createdAt,
        body: JSON.stringify(passkey),
      });
    },
    async removePasskey(id) {
      writes.later("MATCH (k:Passkey {id: $id}) DELETE k", { id });
    },
    async putLink(link) {
      writes.later(
        "MERGE (l:SignInLink {personId: $personId}) SET l.hash = $hash, l.expiresAt = $expiresAt, l.body = $body",
        { personId: link.personId, hash: link.hash, expiresAt: link.expiresAt, body: JSON.stringify(link) },
      );
    },
    async takeLink(hash) {
      const [row] = await writes.run("MATCH (l:SignInLink {hash: $hash}) WITH l, l.body AS body DELETE l RETURN body", {
        hash,
      });
      return row === undefined ? undefined : linkOf(row);
    },
  };
}

function sessionWriter(writes: Writes): Pick<PeopleWriter, "addSession" | "removeSessions" | "removeExpired"> {
  return {
    async addSession({ id, hash, personId, startedAt, lastUsedAt, expiresAt, ...session }) {
      writes.later(
        `CREATE (:SignInSession {id: $id, hash: $hash, personId: $personId, startedAt: $startedAt,
           lastUsedAt: $lastUsedAt, expiresAt: $expiresAt, body: $body})`,
        {
          id,
          hash,
          personId,
          startedAt,
          lastUsedAt,
          expiresAt,
          body: JSON.stringify(sessionRecord.parse({ id, hash, personId, startedAt, expiresAt, ...session })),
        },
      );
    },
    async removeSessions(ids) {
      writes.later("UNWIND $ids AS id MATCH (s:SignInSession {id: id}) DELETE s", { ids });
    },
    async removeExpired({ now, usedSince }) {
      writes.later("MATCH (s:SignInSession) WHERE s.expiresAt <= $now OR s.lastUsedAt < $usedSince DELETE s", {
        now,
        usedSince,
      });
      writes.later("MATCH (l:SignInLink) WHERE l.expiresAt <= $now DELETE l", { now });
    },
  };
}
