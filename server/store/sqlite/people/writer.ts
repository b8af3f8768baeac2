import type { PeopleWriter } from "../../people/port.ts";
import { externalKey, nameOrder, sessionRecord, tokenRecord, userNameKey } from "../../people/records.ts";
import { linkOf } from "../../people/rows.ts";
import type { Connection } from "../connection.ts";
import { peopleReader } from "./reader.ts";

export function peopleWriter(connection: Connection): PeopleWriter {
  return {
    ...peopleReader(connection),
    ...accountWriter(connection),
    ...sessionWriter(connection),
    async putToken(token) {
      connection
        .prepare(
          `INSERT INTO service_tokens (id, hash, created_at, last_used_at, last_used_from, body) VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        )
        .run(
          token.id,
          token.hash,
          token.createdAt,
          token.lastUsedAt,
          token.lastUsedFrom,
          JSON.stringify(tokenRecord.parse(token)),
        );
    },
    async markUsed({ sessions, tokens }) {
      const session = connection.prepare(
        "UPDATE sign_in_sessions SET last_used_at = max(last_used_at, ?) WHERE id = ?",
      );
      for (const { id, at } of sessions) {
        session.run(at, id);
      }
      const token = connection.prepare(
        `UPDATE service_tokens SET last_used_at = ?, last_used_from = ? WHERE id = ? AND coalesce(last_used_at, 0) <= ?`,
      );
      for (const { id, at, address } of tokens) {
        token.run(at, address, id, at);
      }
    },
  };
}

function accountWriter(
  connection: Connection,
): Pick<PeopleWriter, "putPerson" | "putPassword" | "putPasskey" | "removePasskey" | "putLink" | "takeLink"> {
  return {
    async putPerson(person) {
      connection
        .prepare(
          `INSERT INTO people (id, user_name_key, external_key, name_order, active_administrator, body)
           VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET user_name_key = excluded.user_name_key, external_key = excluded.external_key,
             name_order = excluded.name_order, active_administrator = excluded.active_administrator, body = excluded.body`,
        )
        .run(
          person.id,
          userNameKey(person.userName),
          person.external === undefined ? undefined : externalKey(person.external),
          nameOrder(person),
          person.role === "administrator" && !person.disabled ? 1 : 0,
          JSON.stringify(person),
        );
    },
    async putPassword(personId, password) {
      if (password === undefined) {
        connection.prepare("DELETE FROM passwords WHERE person_id = ?").run(personId);
      } else {
        connection
          .prepare(
            `INSERT INTO passwords (person_id, body) VALUES (?, ?)
             ON CONFLICT (person_id) DO UPDATE SET body = excluded.body`,
          )
          .run(personId, JSON.stringify(password));
      }
    },
    async putPasskey(passkey) {
      connection
        .prepare(
          `INSERT INTO passkeys (id, person_id, created_at, body) VALUES (?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
        )
        .run(passkey.id, passkey.personId, passkey.createdAt, JSON.stringify(passkey));
    },
    async removePasskey(id) {
      connection.prepare("DELETE FROM passkeys WHERE id = ?").run(id);
    },
    async putLink(link) {
      connection
        .prepare(
          `INSERT INTO sign_in_links (person_id, hash, expires_at, body) VALUES (?, ?, ?, ?)
           ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at,
             body = excluded.body`,
        )
        .run(link.personId, link.hash, link.expiresAt, JSON.stringify(link));
    },
    async takeLink(hash) {
      const row = connection
        .prepare("DELETE FROM sign_in_links WHERE hash = ? RETURNING person_id AS id, body")
        .get(hash);
      return row === undefined ? undefined : linkOf(row);
    },
  };
}

function sessionWriter(connection: Connection): Pick<PeopleWriter, "addSession" | "removeSessions" | "removeExpired"> {
  return {
    async addSession(session) {
      connection
        .prepare(
          `INSERT INTO sign_in_sessions (id, hash, person_id, started_at, last_used_at, expires_at, body)
           VALUES (?, ?, ?, ?, ?, ?, ?)`,
        )
        .run(
          session.id,
          session.hash,
          session.personId,
          session.startedAt,
          session.lastUsedAt,
          session.expiresAt,
          JSON.stringify(sessionRecord.parse(session)),
        );
    },
    async removeSessions(ids) {
      const remove = connection.prepare("DELETE FROM sign_in_sessions WHERE id = ?");
      for (const id of ids) {
        remove.run(id);
      }
    },
    async removeExpired({ now, usedSince }) {
      connection.prepare("DELETE FROM sign_in_sessions WHERE expires_at <= ? OR last_used_at < ?").run(now, usedSince);
      connection.prepare("DELETE FROM sign_in_links WHERE expires_at <= ?").run(now);
    },
  };
}
