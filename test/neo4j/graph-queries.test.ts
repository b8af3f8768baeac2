import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadContent } from "../../server/cli/open.ts";
import { readEvents } from "../../server/ingest/read.ts";
import { ingest } from "../../server/pipeline/ingest.ts";
import { sampleCapture } from "../../server/sample/generate.ts";
import { type Connection, connect } from "../../server/store/neo4j/connection.ts";
import type { Row } from "../../server/store/neo4j/row.ts";
import { neo4jOfThisRun } from "../contracts/stores.ts";
import { describeNeo4j } from "./lease.ts";

const repository = resolve(import.meta.dirname, "../..");
const now = Date.UTC(2024, 4, 7, 12);

/** By the number of their heading. */
const queries = new Map(
  [
    ...readFileSync(join(repository, "docs/graph.md"), "utf8").matchAll(
      /\n### (\d+)\. [^\n]*\n(?:(?!\n### )[\s\S])*?```cypher\n([\s\S]*?)```/g,
    ),
  ].map((match) => [Number(match[1]), match[2] ?? ""]),
);

/** The intruder of the sample moves from ws-07 to srv-02 by WMIC with the account adm-lena. */
describeNeo4j("the queries of docs/graph.md on the bundled sample", () => {
  let test: Awaited<ReturnType<typeof neo4jOfThisRun>>;
  let connection: Connection;
  let alert: string;
  beforeAll(async () => {
    test = await neo4jOfThisRun();
    connection = connect(test.neo4j.address, test.neo4j, undefined);
    const { detector } = await loadContent({ ruleFolders: [join(repository, "rules")], playbookFolders: [] });
    async function* lines() {
      for (const line of sampleCapture(now)) {
        yield Buffer.from(`${line}\n`);
      }
    }
    await ingest({
      store: test.store,
      detector,
      paths: ["sample"],
      actor: { name: "tester" },
      clock: () => now,
      batches: readEvents(["-"], { stdin: lines() }),
    });
    const [found] = await connection.reading.run(
      `MATCH (a:Alert {ruleName: 'Suspicious Cmd Execution via WMI'})-[:ABOUT]->(p:Process)
       WHERE p.user = 'NORDWIND\\\\adm-lena' AND p.host STARTS WITH 'srv-02'
       RETURN a.id AS id ORDER BY a.time LIMIT 1`,
    );
    alert = String(found?.["id"]);
  }, 300_000);
  afterAll(async () => {
    await connection.close();
    await test.dispose();
  });

  const run = (number: number): Promise<readonly Row[]> =>
    connection.reading.run(queries.get(number) ?? "", { alert, account: "nordwind\\adm-lena" });

  it("are the ten of the document", () => {
    expect([...queries.keys()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("find the path from the root to the alert, the source host and the program that ran there", async () => {
    expect(await run(1)).toEqual([
      { names: ["svchost.exe", "wmiprvse.exe", "cmd.exe"], certainty: ["declared", "exact"] },
    ]);
    expect(await run(2)).toEqual([
      expect.objectContaining({
        source: "ws-07.nordwind.example",
        target: "srv-02.nordwind.example",
        account: "NORDWIND\\adm-lena",
        logon: "Network",
      }),
    ]);
    const [before] = await run(3);
    expect(before).toMatchObject({ name: "wmic.exe", user: "NORDWIND\\tomas.eriksen", alerts: 2 });
    expect(before?.["commandLine"]).toContain("/node:SRV-02");
  });

  it("find siblings", async () => {
    const siblings = await run(4);
    expect(siblings).toHaveLength(5);
    expect(siblings.map((row) => String(row["commandLine"])).filter((line) => line.includes("nwupd.exe"))).toHaveLength(
      2,
    );
  });

  it("find the hosts of an account, and logons between hosts", async () => {
    expect((await run(5)).map((row) => row["host"])).toEqual(["srv-02.nordwind.example", "srv-05.nordwind.example"]);
    expect(await run(6)).toContainEqual({
      source: "ws-07.nordwind.example",
      target: "srv-02.nordwind.example",
      account: "NORDWIND\\adm-lena",
      logons: 1,
    });
  });

  it("find rare children, files on several hosts, and commands from the network", async () => {
    const rare = await run(7);
    expect(rare).toContainEqual({ parent: "outlook.exe", child: "winword.exe", hosts: ["ws-07.nordwind.example"] });
    expect(rare).toContainEqual({ parent: "cmd.exe", child: "nwupd.exe", hosts: ["srv-02.nordwind.example"] });
    const wmic = (await run(8)).find((row) => JSON.stringify(row["names"]) === '["wmic.exe"]');
    expect(wmic?.["hosts"]).toHaveLength(3);
    const remote = await run(9);
    expect(remote.some((row) => row["source"] === "10.20.4.17" && String(row["commandLine"]).includes("whoami"))).toBe(
      true,
    );
  });

  it("count each process once, by host and certainty of its parent", async () => {
    const rows = await run(10);
    const counted = rows.reduce((sum, row) => sum + Number(row["processes"]), 0);
    const [all] = await connection.reading.run("MATCH (p:Process) RETURN count(p) AS processes");
    expect(counted).toBe(all?.["processes"]);
    expect(rows).toContainEqual({ host: "ws-07.nordwind.example", certainty: "exact", processes: 79 });
  });
});
