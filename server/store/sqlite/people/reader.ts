import { decodeCursor, encodeCursor } from "../../../lib/cursor.ts";
import { readable } from "../../damage.ts";
import { pageOf } from "../../people/page.ts";
import type { PeopleReader } from "../../people/port.ts";
import { externalKey, userNameKey } from "../../people/records.ts";
import { linkOf, passkeyOf, passwordOf, personOf } from "../../people/rows.ts";
import { type Connection, number, type Row, text } from "../connection.ts";
import { sessionOf, tokenOf } from "./rows.ts";

const open = "expires_at > ? AND last_used_at >= ?";

export function peopleReader(connection: Connection): PeopleReader {
  const one = <T>(map: (row: Row) => T, sql: string, ...parameters: readonly (string | number)[]) => {
    const row = connection.prepare(sql).get(...parameters);
    return row === undefined ? undefined : map(row);
  };
  const count = (sql: string, ...parameters: readonly (string | number)[]) =>
    one((row) => number(row, "count"), sql, ...parameters) ?? 0;
  return {
    person: async (id) => one(personOf, "SELECT id, body FROM people WHERE id = ?", id),
    personNamed: async (userName) =>
      one(personOf, "SELECT id, body FROM people WHERE user_name_key = ?", userNameKey(userName)),
    externalPerson: async (issuer, subject) =>
      one(personOf, "SELECT id, body FROM people WHERE external_key = ?", externalKey({ issuer, subject })),
    async people({ cursor, limit }) {
      const [order, id] = decodeCursor(cursor, ["string", "string"]) ?? ["", ""];
      const rows = connection
        .prepare(
          "SELECT id, name_order, body FROM people WHERE (name_order, id) > (?, ?) ORDER BY name_order, id LIMIT ?",
        )
        .all(order, id, limit + 1);
      const cursorOf = (row: Row) => encodeCursor([text(row, "name_order"), text(row, "id")]);
      const page = pageOf(rows, limit, count("SELECT count(*) AS count FROM people"), cursorOf);
      return { ...page, items: readable(page.items, personOf) };
    },
    otherAdministrators: async (id) =>
      count("SELECT count(*) AS count FROM people WHERE active_administrator = 1 AND id <> ?", id),
    async access(ids, { now, usedSince }) {
      const rows = connection
        .prepare(
          `SELECT p.value AS id,
             EXISTS (SELECT 1 FROM passwords WHERE person_id = p.value) AS password,
             (SELECT count(*) FROM passkeys WHERE person_id = p.value) AS passkeys,
             EXISTS (SELECT 1 FROM sign_in_links WHERE person_id = p.value AND expires_at > ?) AS link,
             (SELECT count(*) FROM sign_in_sessions WHERE person_id = p.value AND ${open}) AS sessions
           FROM json_each(?) p`,
        )
        .all(now, now, usedSince, JSON.stringify(ids));
      return new Map(
        rows.map((row) => [
          text(row, "id"),
          {
            password: number(row, "password") === 1,
            passkeys: number(row, "passkeys"),
            link: number(row, "link") === 1,
            sessions: number(row, "sessions"),
          },
        ]),
      );
    },
    password: async (personId) =>
      one(passwordOf, "SELECT person_id AS id, body FROM passwords WHERE person_id = ?", personId),
    passkeys: async (personId) =>
      connection
        .prepare("SELECT id, body FROM passkeys WHERE person_id = ? ORDER BY created_at, id")
        .all(personId)
        .map(passkeyOf),
    passkey: async (id) => one(passkeyOf, "SELECT id, body FROM passkeys WHERE id = ?", id),
    link: async (hash) => one(linkOf, "SELECT person_id AS id, body FROM sign_in_links WHERE hash = ?", hash),
    session: async (hash) =>
      one(
        (row) => ({ session: sessionOf(row), person: personOf({ id: row["person_id"], body: row["person"] }) }),
        `SELECT s.id AS id, s.body AS body, s.last_used_at AS last_used_at, p.id AS person_id, p.body AS person
         FROM sign_in_sessions s JOIN people p ON p.id = s.person_id WHERE s.hash = ?`,
        hash,
      ),
    sessions: async (personId, { now, usedSince }) =>
      connection
        .prepare(
          `SELECT id, body, last_used_at FROM sign_in_sessions WHERE person_id = ? AND ${open} ORDER BY started_at DESC, id`,
        )
        .all(personId, now, usedSince)
        .map(sessionOf),
    tokenByHash: async (hash) => one(tokenOf, "SELECT * FROM service_tokens WHERE hash = ?", hash),
    token: async (id) => one(tokenOf, "SELECT * FROM service_tokens WHERE id = ?", id),
    async tokens({ cursor, limit }) {
      const [at, id] = decodeCursor(cursor, ["number", "string"]) ?? [Number.MAX_SAFE_INTEGER, ""];
      const rows = connection
        .prepare(
          `SELECT * FROM service_tokens WHERE created_at < ? OR (created_at = ? AND id > ?)
           ORDER BY created_at DESC, id LIMIT ?`,
        )
        .all(at, at, id, limit + 1);
      const total = count("SELECT count(*) AS count FROM service_tokens");
      const cursorOf = (row: Row) => encodeCursor([number(row, "created_at"), text(row, "id")]);
      const page = pageOf(rows, limit, total, cursorOf);
      return { ...page, items: readable(page.items, tokenOf) };
    },
  };
}
