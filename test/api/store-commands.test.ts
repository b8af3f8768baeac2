import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sampleCapture } from "../../server/sample/generate.ts";
import { acquireLock } from "../../server/store/sqlite/lock.ts";
import { damage } from "../factories/damage.ts";
import { wednesday } from "./workbench.ts";

const launcher = join(import.meta.dirname, "../../server/stemma.js");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stemma-store-commands-"));
  await writeFile(join(folder, "day.ndjson"), [...sampleCapture(wednesday)].join("\n"));
  await stemma("ingest", "day.ndjson");
});
afterAll(() => rm(folder, { recursive: true }));

function start(...args: readonly string[]): ChildProcess {
  const { STEMMA_STORE: _, ...environment } = process.env;
  return spawn(process.execPath, [launcher, ...args], { cwd: folder, env: environment });
}

async function stemma(...args: readonly string[]) {
  const child = start(...args);
  const output = { out: "", err: "" };
  child.stdout?.on("data", (chunk: Buffer) => {
    output.out += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    output.err += chunk.toString();
  });
  const [code] = await once(child, "close");
  return { code, ...output };
}

const path = (name: string) => join(folder, name);

/** A database of its own for a test that changes it. */
async function copyOf(name: string): Promise<string> {
  const copy = path(name);
  await stemma("backup", copy);
  return copy;
}

function edit(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

describe("stemma check", () => {
  it("finds nothing in a sound store, and says what it holds and how its audit trail ends", async () => {
    const { code, out } = await stemma("check", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      sound: true,
      findings: [],
      counts: { alerts: expect.any(Number), ingests: 1 },
      audit: { intact: true, checked: 2, head: { sequence: 2 } },
    });
  });

  it("finds nothing in states of the detection engine that consist of a name", async () => {
    const db = await copyOf("waiting.db");
    edit(db, `INSERT INTO engine_state (scope, name, value) VALUES ('tentative', '["rule","event"]', '')`);
    expect((await stemma("check", "--db", db)).code).toBe(0);
    edit(db, "UPDATE engine_state SET value = '{' WHERE scope = 'tentative'");
    expect((await stemma("check", "--db", db)).code).toBe(1);
  });

  it("names a damaged alert, a reference to nothing and a wrong count, each with a way out", async () => {
    const db = await copyOf("damaged.db");
    damage(db, { table: "alert_bodies", name: "body" }, "cut", "rowid = 1");
    edit(db, "UPDATE processes SET parent_key = 'nobody' WHERE rowid = (SELECT max(rowid) FROM processes)");
    edit(db, "UPDATE sessions SET processes = 999 WHERE key = (SELECT min(key) FROM sessions)");
    const { code, out } = await stemma("check", "--db", db, "--json");
    expect(code).toBe(1);
    const { findings } = JSON.parse(out);
    const codes = findings.map((finding: { readonly code: string }) => finding.code);
    expect(codes).toEqual(
      expect.arrayContaining(["store.damaged", "store.dangling-reference", "store.derived-differs"]),
    );
    expect(findings.every((finding: { readonly remedy?: string }) => finding.remedy !== undefined)).toBe(true);
    const listed = await stemma("alerts", "--db", db, "--status", "all", "--building-blocks", "--json");
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining("1 stored value cannot be read") });
    expect(JSON.parse(listed.out).length).toBeGreaterThan(10);
  });

  it("list the alerts of processes of which the second record cannot be read", async () => {
    const db = await copyOf("twins.db");
    damage(db, { table: "processes", name: "body" }, "cut", "merged_into IS NOT NULL");
    const listed = await stemma("alerts", "--db", db, "--status", "all", "--building-blocks", "--json");
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining("cannot be read") });
    expect(JSON.parse(listed.out).length).toBeGreaterThan(10);
  });

  it("list the ingests that can be read, and say that one cannot", async () => {
    const db = await copyOf("ingests.db");
    damage(db, { table: "ingests", name: "body" }, "cut");
    const listed = await stemma("ingest", "--list", "--db", db, "--json");
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining("1 stored value cannot be read") });
    expect(JSON.parse(listed.out)).toMatchObject({ items: [], total: 1 });
  });

  it("finds counts, columns and names of hosts that are not those of what is stored", async () => {
    const db = await copyOf("derived.db");
    edit(db, "UPDATE host_counts SET processes = processes + 1");
    edit(db, "DELETE FROM user_hosts WHERE processes > 0");
    edit(db, "UPDATE processes SET pid = pid + 1 WHERE key = (SELECT max(key) FROM processes WHERE pid IS NOT NULL)");
    edit(db, "DELETE FROM alert_sources WHERE alert_id = (SELECT min(alert_id) FROM alert_sources)");
    edit(db, "UPDATE alert_subjects SET body = 'x' WHERE id = (SELECT min(id) FROM alert_subjects)");
    edit(db, "UPDATE user_sessions SET processes = processes + 1");
    edit(db, "UPDATE host_names SET host = 'other' WHERE name = (SELECT min(name) FROM host_names)");
    edit(db, "DELETE FROM host_names WHERE name = (SELECT max(host) FROM processes)");
    edit(db, "UPDATE incident_ranks SET score = score + 1");
    edit(db, "UPDATE alert_kinds SET alerts = alerts + 1 WHERE rule_id = (SELECT max(rule_id) FROM alert_kinds)");
    edit(
      db,
      "UPDATE shape_counts SET incidents = incidents + 1 WHERE rule_id = (SELECT max(rule_id) FROM shape_counts)",
    );
    edit(db, "UPDATE alerts SET left_item = 'other' WHERE id = (SELECT min(id) FROM alerts)");
    const { code, out } = await stemma("check", "--db", db, "--json");
    expect(code).toBe(1);
    const messages = JSON.parse(out).findings.map(({ message }: { readonly message: string }) => message.split(":")[0]);
    expect(messages).toEqual(
      expect.arrayContaining([
        "columns of processes",
        "hosts of names",
        "source events that bodies of alerts have",
        "texts of hosts and users of alerts",
        "names of hosts of processes",
        "numbers of processes on hosts",
        "numbers of processes of accounts on hosts",
        "numbers of processes of accounts in sessions",
        "incidents of alerts",
        "numbers of alerts of a kind",
        "ranks of incidents",
        "numbers of incidents with a kind of alert",
      ]),
    );
  });

  it("finds an end of the audit trail that is not the last record, which the next record corrects", async () => {
    for (const [name, sql] of Object.entries({
      "no-end.db": "DELETE FROM audit_head",
      "earlier-end.db":
        "UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit WHERE sequence = 1)",
    })) {
      const db = await copyOf(name);
      edit(db, sql);
      const checked = await stemma("check", "--db", db, "--json");
      expect(checked.code).toBe(1);
      expect(JSON.parse(checked.out).findings).toContainEqual(
        expect.objectContaining({ code: "store.derived-differs" }),
      );
      expect((await stemma("ingest", "--db", db, "day.ndjson")).code).toBe(0);
      expect((await stemma("check", "--db", db)).code).toBe(0);
    }
  });

  it("finds that the last record of the audit trail is missing, until somebody accepts that", async () => {
    const db = await copyOf("no-last-record.db");
    edit(db, "DELETE FROM audit WHERE sequence = 2");
    expect((await stemma("check", "--db", db)).code).toBe(1);
    expect((await stemma("audit", "accept", "--db", db, "--reason", "row lost")).out).toMatch(/^2:/);
    expect((await stemma("check", "--db", db)).code).toBe(0);
  });

  it("warns that nothing notes the end of the audit trail, which is no finding", async () => {
    const db = await copyOf("unnoted.db");
    await rm(`${db}.audit`, { force: true });
    const { code, out } = await stemma("check", "--db", db, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ sound: true, findings: [], warnings: [{ code: "audit.notes-missing" }] });
    expect(JSON.parse((await stemma("check", "--json")).out).warnings).toEqual([]);
    const head = await stemma("audit", "head", "--db", db);
    expect(head).toMatchObject({ code: 0, out: expect.stringMatching(/^2:/) });
    expect(head.err).toContain("nothing shows whether the last records of the audit trail were removed");
  });

  it("and audit head find notes of the end of the audit trail that cannot be read", async () => {
    const db = await copyOf("garbled.db");
    await writeFile(`${db}.audit`, "no note\n");
    const { code, out } = await stemma("check", "--db", db, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ findings: [{ code: "audit.notes-damaged" }], warnings: [] });
    const head = await stemma("audit", "head", "--db", db);
    expect(head).toMatchObject({ code: 1, err: expect.stringContaining("cannot be read") });
  });

  it("names an alert whose body is missing, as the list of alerts does", async () => {
    const db = await copyOf("bodiless.db");
    edit(db, "DELETE FROM alert_bodies WHERE rowid = 1");
    expect((await stemma("check", "--db", db)).code).toBe(1);
    const listed = await stemma("alerts", "--db", db, "--status", "all", "--building-blocks", "--json");
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining("1 stored value cannot be read") });
    expect(JSON.parse(listed.out).length).toBeGreaterThan(10);
  });

  it("finds an overwritten page of the file", async () => {
    const db = await copyOf("page.db");
    const bytes = await readFile(db);
    // Beyond the schema: a database without one cannot be opened at all.
    const middle = 4096 * Math.floor(bytes.length / 4096 / 2);
    bytes.fill(0xa5, middle, middle + 20 * 4096);
    await writeFile(db, bytes);
    const { code, out, err } = await stemma("check", "--db", db, "--json");
    expect(err).not.toContain("    at ");
    expect(code).toBe(1);
    expect(JSON.parse(out).findings.map((finding: { readonly code: string }) => finding.code)).toContain(
      "store.damaged",
    );
  });

  it("says of an empty file whether it lost its content, in whose place no new database is begun", async () => {
    const db = path("emptied.db");
    await writeFile(db, "");
    expect(await stemma("check", "--db", db)).toMatchObject({
      code: 2,
      err: expect.stringContaining("file is empty. Run"),
    });
    expect((await stemma("ingest", "--db", db, "day.ndjson")).code).toBe(0);
    await writeFile(db, "");
    for (const suffix of ["-wal", "-shm"]) {
      await rm(`${db}${suffix}`, { force: true });
    }
    for (const command of [["check"], ["ingest", "day.ndjson"]]) {
      expect(await stemma(...command, "--db", db)).toMatchObject({
        code: 2,
        err: expect.stringContaining("the content was lost"),
      });
    }
    const backup = await copyOf("whole.db");
    expect((await stemma("restore", backup, "--db", db, "--force")).code).toBe(0);
    expect((await stemma("check", "--db", db)).code).toBe(0);
  });

  it("cannot check what is no database", async () => {
    await writeFile(path("text.db"), "no database, but a text that is long enough to be read as one\n".repeat(100));
    expect(await stemma("check", "--db", "text.db")).toMatchObject({ code: 2, out: "" });
  });

  it("says whether the trail still has an end that was noted down", async () => {
    const db = await copyOf("noted.db");
    const noted = (await stemma("audit", "head", "--db", db)).out.trim();
    expect(noted).toMatch(/^2:[0-9a-f]{64}$/);
    expect((await stemma("check", "--db", db, "--audit-head", noted)).code).toBe(0);
    edit(db, "DELETE FROM audit WHERE sequence = 2; UPDATE audit_head SET sequence = 1");
    edit(db, "UPDATE audit_head SET hash = (SELECT hash FROM audit WHERE sequence = 1)");
    expect((await stemma("check", "--db", db)).code).toBe(0);
    const { code, out } = await stemma("check", "--db", db, "--audit-head", noted);
    expect(code).toBe(1);
    expect(out).toContain("does not have record 2 as it was noted");
    expect((await stemma("check", "--audit-head", "2")).code).toBe(2);
  });
});

describe("stemma backup and restore", () => {
  it("write one file of the owner alone, which has everything, and never replace one unasked", async () => {
    const { code, out } = await stemma("backup", "b.db", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ file: path("b.db"), sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect((await stat(path("b.db"))).mode & 0o777).toBe(0o600);
    expect((await readdir(folder)).filter((name) => name.startsWith("b.db."))).toEqual([]);
    expect(await stemma("backup", "b.db")).toMatchObject({ code: 2, err: expect.stringContaining("--force") });
    expect(await stemma("backup", "stemma.db", "--force")).toMatchObject({ code: 2 });
    await chmod(path("b.db"), 0o400);
    expect((await stemma("check", "--db", "b.db")).code).toBe(0);
  });

  it("back up a damaged database only by saying so", async () => {
    const db = await copyOf("torn.db");
    const bytes = await readFile(db);
    bytes.fill(0xa5, 40 * 4096, 60 * 4096);
    await writeFile(db, bytes);
    expect(await stemma("backup", "of-torn.db", "--db", db)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/damaged/),
    });
    expect(await readdir(folder)).not.toContain("of-torn.db");
  });

  it.skipIf(!existsSync("/proc/self"))(
    "name the file that cannot be written, not the database that is read",
    async () => {
      // A folder in which nobody can create a file.
      const written = await stemma("backup", "/proc/stemma-backup.db");
      expect(written).toMatchObject({ code: 2, err: expect.stringContaining("this file cannot be written") });
      expect(written.err).not.toContain(folder);
    },
  );

  it("put a backup in place of a database, which is kept, and record it in the audit trail", async () => {
    const db = await copyOf("live.db");
    const backup = await copyOf("older.db");
    expect(await stemma("restore", backup, "--db", db)).toMatchObject({ code: 2 });
    await stemma("ingest", "--db", db, "day.ndjson");
    const { code, out } = await stemma("restore", backup, "--db", db, "--force", "--json");
    expect(code).toBe(0);
    const { kept, audit } = JSON.parse(out);
    expect(audit).toMatch(/^3:/);
    expect((await stemma("check", "--db", db)).code).toBe(0);
    expect((await stemma("audit", "head", "--db", kept)).out).toMatch(/^4:/);
  });

  it("refuse to restore while a server holds the database, and from what is no backup", async () => {
    const db = await copyOf("held.db");
    const backup = await copyOf("whole.db");
    const lock = acquireLock(db, "server");
    expect(await stemma("restore", backup, "--db", db, "--force")).toMatchObject({
      code: 2,
      err: expect.stringContaining("another server"),
    });
    if (lock.ok) {
      lock.value.release();
    }
    await copyFile(path("day.ndjson"), path("no-backup.db"));
    const before = await readFile(db);
    expect((await stemma("restore", "no-backup.db", "--db", db, "--force")).code).toBe(2);
    expect((await readFile(db)).equals(before)).toBe(true);
  });
});

describe("a database whose older file was put in its place", () => {
  it("is said to be shorter than noted until somebody accepts it", async () => {
    const db = await copyOf("exchanged.db");
    const older = await readFile(db);
    await stemma("ingest", "--db", db, "day.ndjson");
    for (const suffix of ["-wal", "-shm"]) {
      await rm(`${db}${suffix}`, { force: true });
    }
    await writeFile(db, older);
    expect(await stemma("check", "--db", db)).toMatchObject({
      code: 1,
      out: expect.stringContaining("does not have record 4 as it was noted"),
    });
    expect((await stemma("audit", "accept", "--db", db)).code).toBe(2);
    expect((await stemma("audit", "accept", "--db", db, "--reason", "older file")).out).toMatch(/^3:/);
    expect((await stemma("check", "--db", db)).code).toBe(0);
  });

  it("continues from the last record that is there once its missing end is accepted", async () => {
    const db = await copyOf("cut.db");
    await stemma("ingest", "--db", db, "day.ndjson");
    edit(db, "DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)");
    expect((await stemma("check", "--db", db)).code).toBe(1);
    expect((await stemma("audit", "accept", "--db", db, "--reason", "row lost")).out).toMatch(/^4:/);
    expect((await stemma("check", "--db", db)).code).toBe(0);
    expect((await stemma("ingest", "--db", db, "day.ndjson")).code).toBe(0);
  });
});
