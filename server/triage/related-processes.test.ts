import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { guid, sysmonStart, T0 } from "../../test/factories/events.ts";
import { sqliteLineage, type TestLineage } from "../../test/factories/lineage.ts";
import { relatedProcessesOf } from "./related-processes.ts";

let lineage: TestLineage;
beforeEach(async () => {
  lineage = await sqliteLineage();
});
afterEach(() => lineage.close());

const start = (number: number, command: string, given: Parameters<typeof sysmonStart>[0] = {}) =>
  sysmonStart({
    guid: guid(T0, number),
    pid: number,
    time: T0 + number * 1000,
    image: `C:\\Windows\\Temp\\${command.split(" ")[0]}`,
    commandLine: command,
    ...given,
  });
const below = (number: number) => ({ parentGuid: guid(T0, number) });

const subject = start(2, "drop.exe stage 1111", { ...below(1), logonId: "0x77", hashes: "SHA256=AA" });
const records = [
  start(1, "shell.exe"),
  subject,
  start(3, "child.exe", below(2)),
  start(4, "grandchild.exe", { ...below(3), logonId: "0x77" }),
  start(5, "beside.exe", below(1)),
  start(6, "apart.exe", { logonId: "0x77" }),
  start(7, "renamed.exe", { host: "host-b", hashes: "SHA256=AA" }),
  start(8, "drop.exe stage 2222", { host: "host-c" }),
  start(9, "stranger.exe", { logonId: "0x78" }),
];
const relatedTo = async (cursor?: string, limit = 50) => {
  const key = (await lineage.reader.processOf(subject))?.key ?? "";
  return relatedProcessesOf(lineage.reader, key, { cursor, limit });
};
const summaryOf = (found: Awaited<ReturnType<typeof relatedTo>>) =>
  found?.items.map(({ process, reasons }) => [process.pid, reasons.map(({ relation }) => relation)]);

describe("related processes without alerts", () => {
  it("are descendants or siblings, share the session, or run the same file or command elsewhere", async () => {
    await lineage.apply(...records);
    const found = await relatedTo();
    expect(summaryOf(found)).toEqual([
      [3, ["descendant"]],
      [4, ["descendant"]],
      [5, ["sibling"]],
      [6, ["session"]],
      [7, ["hash"]],
      [8, ["command-template"]],
    ]);
    expect(found?.items[4]?.reasons[0]?.why).toBe("is the same file as drop.exe 2");
    expect(found).toMatchObject({ total: 6, notes: [] });
    expect(found?.next).toBeUndefined();
  });

  it("exclude processes with alerts, and come in pages", async () => {
    await lineage.apply(...records);
    const { reader } = lineage;
    const alertMark = {
      id: "a",
      ruleName: "R",
      severity: "high" as const,
      status: "open" as const,
      buildingBlock: false,
    };
    lineage = {
      ...lineage,
      reader: {
        ...reader,
        async children(key, query) {
          const page = await reader.children(key, query);
          return {
            ...page,
            items: page.items.map((node) => (node.pid === 5 ? { ...node, alerts: [alertMark] } : node)),
          };
        },
      },
    };
    const first = await relatedTo(undefined, 2);
    expect([summaryOf(first)?.map(([pid]) => pid), first?.total]).toEqual([[3, 4], 5]);
    expect(summaryOf(await relatedTo(first?.next, 2))?.map(([pid]) => pid)).toEqual([6, 7]);
  });

  it("exclude those that only share a very common command, with a note", async () => {
    const commonRuns = Array.from({ length: 120 }, (_, index) =>
      start(1000 + index, `drop.exe stage ${9000 + index}`, { host: "host-z", guid: guid(T0, 5000 + index) }),
    );
    await lineage.apply(...records, ...commonRuns);
    const found = await relatedTo();
    expect(found?.items.some(({ process }) => process.host === "host-z")).toBe(false);
    expect(found?.notes).toEqual(["Too common to count as related: the command of drop.exe 2 (122 runs)."]);
  });
});
