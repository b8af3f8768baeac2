import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { auditHash } from "../store/audit/chain.ts";
import { openSqliteStore } from "../store/sqlite/store.ts";
import { auditPageOf, verifyChain } from "./audit-trail.ts";

describe("the audit trail of an edited database file", () => {
  let folder = "";
  let file = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "stemma-audit-"));
    file = join(folder, "stemma.db");
    await append("a", "b", "c", "d", "e");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function opened(options: { readonly readOnly?: boolean } = {}) {
    const store = await openSqliteStore(file, options);
    if (!store.ok) throw new Error(store.error.message);
    return store.value;
  }
  async function append(...ids: readonly string[]) {
    const store = await opened();
    for (const id of ids) {
      await store.write((transaction) =>
        transaction.audit.append({
          at: 1,
          actor: { name: "lena" },
          action: "alert.transition",
          subject: { kind: "alert", id },
          before: { status: "open" },
          after: { status: "closed" },
        }),
      );
    }
    await store.close();
  }
  function edit(...statements: readonly string[]) {
    const database = new DatabaseSync(file);
    for (const statement of statements) {
      database.exec(statement);
    }
    database.close();
  }
  async function chain() {
    const store = await opened();
    try {
      return await verifyChain(store.audit, auditHash);
    } finally {
      await store.close();
    }
  }

  it("is intact as long as nothing was edited", async () => {
    expect(await chain()).toEqual({
      intact: true,
      checked: 5,
      head: { sequence: 5, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      notes: { isKept: true, file: `${file}.audit`, unreadable: 0 },
    });
  });

  /** Removes the last records without a trace in the database. */
  const cut = (last: number) =>
    edit(
      `DELETE FROM audit WHERE sequence > ${last}`,
      "UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1)",
    );

  it("lacks what was noted beside the database if its last records were removed with every trace in it", async () => {
    cut(3);
    expect(await chain()).toMatchObject({ intact: false, checked: 3, brokenAt: 4, lacks: { sequence: 5 } });
  });

  it("still lacks it when other records have taken the place of the removed ones", async () => {
    cut(3);
    await append("f", "g", "h");
    expect(await chain()).toMatchObject({ intact: false, brokenAt: 4, lacks: { sequence: 4 } });
  });

  it("can be accepted as it is, which is a record of it", async () => {
    cut(3);
    const store = await opened();
    const entry = { at: 1, actor: { name: "lena" }, action: "audit.accepted", subject: { kind: "store", id: "audit" } };
    await store.write(({ audit }) => audit.append(entry, { acceptsTrail: true }));
    await store.close();
    expect(await chain()).toMatchObject({ intact: true, checked: 4 });
    cut(3);
    expect(await chain()).toMatchObject({ intact: false, lacks: { sequence: 4 } });
  });

  it("lacks an end that a person noted down, without any file beside it", async () => {
    const store = await opened();
    const head = await store.audit.head();
    await store.close();
    cut(4);
    rmSync(`${file}.audit`);
    const again = await opened();
    expect(await verifyChain(again.audit, auditHash)).toMatchObject({ intact: true });
    expect(await verifyChain(again.audit, auditHash, head === undefined ? [] : [head])).toMatchObject({
      intact: false,
      lacks: { sequence: 5 },
    });
    await again.close();
  });

  it.each<[string, () => void, object]>([
    ["missing", () => rmSync(`${file}.audit`), { isKept: false, unreadable: 0 }],
    [
      "garbled",
      () => appendFileSync(`${file}.audit`, '{"sequence":\nno note\n'),
      { isKept: true, unreadable: 2, file: "stemma.db.audit" },
    ],
    [
      "no file that can be read",
      () => {
        rmSync(`${file}.audit`);
        mkdirSync(`${file}.audit`);
      },
      { isKept: true, unreadable: 0, failure: "EISDIR" },
    ],
  ])("says that its notes are %s, although it is intact", async (_, spoil, notes) => {
    spoil();
    const store = await opened({ readOnly: true });
    const { chain: found } = await auditPageOf(store.audit, auditHash, { limit: 10 });
    await store.close();
    expect(found).toMatchObject({ intact: true, notes });
  });

  it("of a new database is another one than that of a removed one", async () => {
    rmSync(file);
    await append("a");
    expect(await chain()).toMatchObject({ intact: true, checked: 1 });
  });

  it.each<[string, readonly string[], number]>([
    ["an altered value", [`UPDATE audit SET body = replace(body, '"closed"', '"open"') WHERE sequence = 3`], 3],
    ["an added field", [`UPDATE audit SET body = replace(body, '"actor"', '"extra":1,"actor"') WHERE sequence = 3`], 3],
    ["a body that is no record", ["UPDATE audit SET body = 'gone' WHERE sequence = 2"], 2],
    ["a record listed under another alert", ["UPDATE audit SET subject_id = 'x' WHERE sequence = 4"], 4],
    ["a removed record", ["DELETE FROM audit WHERE sequence = 2"], 3],
    ["a removed first record", ["DELETE FROM audit WHERE sequence = 1"], 2],
    ["removed last records", ["DELETE FROM audit WHERE sequence >= 4"], 4],
    ["an emptied trail", ["DELETE FROM audit"], 1],
    [
      "two records swapped",
      [
        "UPDATE audit SET sequence = 99 WHERE sequence = 2",
        "UPDATE audit SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 99",
      ],
      2,
    ],
  ])("reveals %s, and can still be read and written", async (_, statements, brokenAt) => {
    edit(...statements);
    expect(await chain()).toMatchObject({ intact: false, brokenAt });
    await append("f");
    const store = await opened();
    const page = await auditPageOf(store.audit, auditHash, { limit: 10 });
    expect(page.items[0]).toMatchObject({ sequence: 6, subject: { id: "f" } });
    expect(page.chain.intact).toBe(false);
    await store.close();
  });
});
