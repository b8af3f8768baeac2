import neo4j from "neo4j-driver";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Store } from "../../server/store/port.ts";
import { neo4jOfThisRun } from "../contracts/stores.ts";
import { describeNeo4j } from "./lease.ts";

describeNeo4j("who has incidents open, told between two servers", () => {
  let test: Awaited<ReturnType<typeof neo4jOfThisRun>>;
  let one: Store;
  let other: Store;
  beforeEach(async () => {
    test = await neo4jOfThisRun();
    one = test.store;
    other = await test.reopen();
  });
  afterEach(() => test.dispose());

  const lena = { key: "k", account: "1", name: "Lena" };
  /** How long ago somebody came, by the clock of the server that tells it: here one that is wrong by years. */
  const wrongClock = 1_000;
  const watchersOf = async (store: Store) => (await store.changes.look()).watchers;
  const run = async (cypher: string) => {
    const driver = neo4j.driver(test.neo4j.address, neo4j.auth.basic(test.neo4j.user, test.neo4j.password));
    const { records } = await driver.executeQuery(cypher);
    await driver.close();
    return records.map((record) => record.toObject());
  };

  it("is seen by the other and is no change there, until it is withdrawn", async () => {
    const { watchers: before, ...quiet } = await other.changes.look();
    expect(before).toBeUndefined();
    await one.watchers.announce([{ ...lena, since: wrongClock - 600 }], wrongClock);
    const { watchers: told, ...still } = await other.changes.look();
    expect(still).toEqual(quiet);
    expect(told).toBeDefined();
    const [seen, ...rest] = await other.watchers.elsewhere();
    expect([seen, rest]).toEqual([{ ...lena, since: expect.any(Number) }, []]);
    // By the clock of the store, which is that of this machine.
    expect(Math.abs(Date.now() - 600 - (seen?.since ?? 0))).toBeLessThan(60_000);
    await one.watchers.announce([], wrongClock);
    expect(await watchersOf(other)).toBeUndefined();
    expect(await other.watchers.elsewhere()).toEqual([]);
  });

  it("is the same when it is told again, and another thing when somebody comes", async () => {
    await one.watchers.announce([{ ...lena, since: 0 }], wrongClock);
    const told = await watchersOf(other);
    const before = await other.watchers.elsewhere();
    await one.watchers.announce([{ ...lena, since: 0 }], wrongClock + 50_000);
    expect(await watchersOf(other)).toBe(told);
    expect(await other.watchers.elsewhere()).toEqual(before);
    await one.watchers.announce(
      [
        { ...lena, since: 0 },
        { ...lena, account: "2", name: "Tom", since: 0 },
      ],
      60_000,
    );
    expect(await watchersOf(other)).not.toBe(told);
    expect((await other.watchers.elsewhere()).map(({ name }) => name)).toEqual(["Lena", "Tom"]);
  });

  it("ends by itself when a server is gone, and what it left is removed by the others", async () => {
    await one.watchers.announce([{ ...lena, since: 0 }], wrongClock);
    await run("MATCH (w:Watching) SET w.until = timestamp() - 1");
    expect(await watchersOf(other)).toBeUndefined();
    expect(await other.watchers.elsewhere()).toEqual([]);
    await other.watchers.announce([{ ...lena, since: 0 }], wrongClock);
    expect(await run("MATCH (w:Watching) RETURN count(w) AS count")).toMatchObject([{ count: neo4j.int(1) }]);
    expect(await one.watchers.elsewhere()).toHaveLength(1);
  });

  it("is nobody if another version tells what this one does not understand", async () => {
    await run(
      `CREATE (:Watching {server: 'x', watching: '{', since: [1], changed: 1, until: timestamp() + 60000}),
        (:Watching {server: 'y', watching: '[{}]', since: [1], changed: 1, until: timestamp() + 60000})`,
    );
    expect(await other.watchers.elsewhere()).toEqual([]);
  });
});
