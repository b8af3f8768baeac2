import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guid, sysmonStart, T0 } from "../../test/factories/events.ts";
import { sqliteLineage, type TestLineage } from "../../test/factories/lineage.ts";
import { comparisonOf, prevalenceOf } from "./comparison.ts";

const SERVICE = "C:\\Windows\\System32\\agent.exe";
const minute = 60_000;

let lineage: TestLineage;
beforeEach(async () => {
  lineage = await sqliteLineage();
});
afterEach(() => lineage.close());

/** A run of the agent with children of these commands, `number` minutes after the first. */
const run = (number: number, host: string, ...commands: readonly string[]) => {
  const time = T0 + number * minute;
  const own = { guid: guid(time, number), host };
  return [
    sysmonStart({ ...own, pid: 10 + number, time, image: SERVICE, commandLine: SERVICE }),
    ...commands.map((command, index) =>
      sysmonStart({
        host,
        guid: guid(time + 1000, 100 * number + index),
        pid: 1000 + 100 * number + index,
        time: time + 1000 * (index + 1),
        image: `C:\\Windows\\System32\\${command.split(" ")[0]}`,
        commandLine: command,
        parentGuid: own.guid,
        parentImage: SERVICE,
      }),
    ),
  ];
};
const keyOf = async (events: ReturnType<typeof run>) => {
  const [start] = events;
  return (start && (await lineage.reader.processOf(start))?.key) ?? "";
};

describe("the comparison of a process with other runs of its image", () => {
  it("finds child groups that are common, new on this host, new everywhere, or missing", async () => {
    const subject = run(9, "srv-1", "conhost.exe 0x4", "whoami.exe /all", "net.exe use");
    await lineage.apply(
      ...[1, 2, 3, 4].flatMap((number) => run(number, "srv-1", `conhost.exe 0x${number}`)),
      ...[5, 6].flatMap((number) => run(number, "srv-2", "conhost.exe 0x9", "net.exe use", "ping.exe 10.0.0.1")),
      ...[7, 8].flatMap((number) => run(number, "srv-3", "ping.exe 10.0.0.2")),
      ...subject,
      // Under another parent, on another host, the same command was seen before.
      sysmonStart({
        host: "srv-9",
        guid: guid(T0, 77),
        pid: 5,
        time: T0,
        image: "C:\\whoami.exe",
        commandLine: "whoami.exe /all",
      }),
    );
    const found = await comparisonOf(lineage.reader, await keyOf(subject), 30);
    expect(found).toMatchObject({
      name: "agent.exe",
      onHost: { compared: 4, total: 4 },
      everywhere: { compared: 8, total: 8, hosts: 3 },
    });
    expect(
      found?.children.map(({ name, prevalence, onHost, everywhere, seen }) => [
        name,
        prevalence,
        onHost,
        everywhere,
        seen.total,
      ]),
    ).toEqual([
      ["whoami.exe", "new", 0, 0, 2],
      ["net.exe", "new-on-host", 0, 2, 3],
      ["conhost.exe", "common", 4, 6, 7],
    ]);
    expect(found?.children[0]?.seen.first).toBe(new Date(T0).toISOString());
    expect(found?.missing.map(({ name, everywhere }) => [name, everywhere])).toEqual([["ping.exe", 4]]);
  });

  it("compares only runs of the given days, and does not judge by a few", async () => {
    const subject = run(60 * 24 * 10, "srv-1", "whoami.exe");
    await lineage.apply(...[1, 2, 3].flatMap((number) => run(number, "srv-1", "whoami.exe")), ...subject);
    const key = await keyOf(subject);
    expect((await comparisonOf(lineage.reader, key, 30))?.children[0]).toMatchObject({
      prevalence: "common",
      onHost: 3,
    });
    const near = await comparisonOf(lineage.reader, key, 2);
    expect(near).toMatchObject({ onHost: { compared: 0, total: 0 }, children: [{ prevalence: "unknown", total: 1 }] });
    expect(near?.from).toBe(new Date(T0 + 8 * 86_400_000).toISOString());
  });

  it("explains why there is nothing to compare", async () => {
    const parent = sysmonStart({ guid: guid(T0, 2), pid: 9, parentGuid: guid(T0, 1), parentPid: 4 });
    await lineage.apply(parent);
    const child = await lineage.reader.processOf(parent);
    expect((await comparisonOf(lineage.reader, child?.key ?? "", 30))?.notes).toEqual([
      "No child of this process was recorded.",
    ]);
    expect((await comparisonOf(lineage.reader, child?.parent?.key ?? "", 30))?.notes).toEqual([
      "No record has the image of this process, so it cannot be compared.",
    ]);
    expect(await comparisonOf(lineage.reader, "nobody", 30)).toBeUndefined();
  });

  it("calls a child group rare if fewer than one run in twenty has it", () => {
    expect(prevalenceOf({ onHost: 1, everywhere: 4 }, { onHost: 50, everywhere: 100 })).toBe("rare");
    expect(prevalenceOf({ onHost: 1, everywhere: 5 }, { onHost: 50, everywhere: 100 })).toBe("common");
    expect(prevalenceOf({ onHost: 0, everywhere: 5 }, { onHost: 2, everywhere: 100 })).toBe("common");
  });
});
