import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FormatItem } from "../../record.ts";
import { windowsXml } from "./windows-xml.ts";

const system = (id: number) =>
  `<System><Provider Name='Microsoft-Windows-Sysmon'/><EventID Qualifiers=''>1</EventID><TimeCreated SystemTime="2024-05-06T10:00:00.123Z"/><EventRecordID>${id}</EventRecordID><Execution ProcessID='7'/><Channel>Sysmon</Channel><Computer>WS1</Computer><Security UserID='S-1-5-18'/></System>`;
const record = (id: number, data = "<EventData/>") => `<Event xmlns='http://x'>${system(id)}${data}</Event>`;

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
  }
}

async function read(text: string, size = 1 << 16, maxRecordBytes = 100_000): Promise<readonly FormatItem[]> {
  const items: FormatItem[] = [];
  const input = { name: "a.xml", chunks: inChunks(Buffer.from(text), size) };
  for await (const batch of windowsXml.read(input, { maxRecordBytes })) {
    items.push(...batch);
  }
  return items;
}

const brief = (item: FormatItem) =>
  item.kind === "windows"
    ? item.event.recordId
    : item.kind === "problem"
      ? `${item.problem.code} ${item.problem.at?.line}:${item.problem.at?.offset}`
      : item.kind;

describe("records rendered as XML", () => {
  it("are read with their header, named and unnamed values, and their text", async () => {
    const text = record(
      5,
      `<EventData>\n <Data Name='CommandLine'>"a" &gt; b &amp;&#x41;<![CDATA[<c>]]></Data><Data Name="Empty"></Data><Data>loose</Data></EventData><RenderingInfo><Message>Said</Message></RenderingInfo>`,
    );
    const [item] = await read(text);
    expect(item).toMatchObject({
      kind: "windows",
      offset: 0,
      original: text,
      event: {
        provider: "Microsoft-Windows-Sysmon",
        channel: "Sysmon",
        computer: "WS1",
        code: 1,
        recordId: "5",
        time: Date.UTC(2024, 4, 6, 10, 0, 0, 123),
        serviceSid: "S-1-5-18",
        servicePid: 7,
        message: "Said",
        unnamed: ["loose"],
      },
    });
    const data = item?.kind === "windows" ? item.event.data : undefined;
    expect([...(data ?? [])]).toEqual([
      ["CommandLine", '"a" > b &A<c>'],
      ["Empty", ""],
    ]);
  });

  it("are read with the values of UserData, however deeply nested", async () => {
    const [item] = await read(
      record(1, "<UserData><Cleared xmlns='y'><User>u</User><More><Deep>d</Deep></More></Cleared></UserData>"),
    );
    expect(item?.kind === "windows" && [...item.event.data]).toEqual([
      ["User", "u"],
      ["Deep", "d"],
    ]);
  });

  it("are found on their own, in a document, over many lines, and in chunks of any size", async () => {
    const text = `\ufeff<?xml version="1.0" encoding="utf-8"?>\n<Events>\n${record(1).replaceAll("><", ">\n<")}\n${record(2)}${record(3)}</Events>\n`;
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 200 }), async (size) => {
        expect((await read(text, size)).map(brief)).toEqual(["1", "2", "3"]);
      }),
    );
  });

  it("are kept around damaged ones, which are reported with line and offset", async () => {
    const broken = record(2).replace("</System>", "</Systen>");
    const text = [
      record(1),
      broken,
      "01/14/2021 LogName=x",
      record(3),
      record(4).slice(0, 60),
      record(5),
      "<Event>",
    ].join("\n");
    const line = Buffer.byteLength(record(1)) + 1;
    expect((await read(text)).map(brief)).toEqual([
      "1",
      `xml.syntax 2:${line + broken.indexOf("</Systen>")}`,
      `xml.foreign-text 2:${line + broken.length}`,
      "3",
      expect.stringMatching(/^xml.unfinished 5:/),
      "5",
      expect.stringMatching(/^xml.unfinished 7:/),
    ]);
  });

  it("are rejected when too long, nested too deeply, invalid or with entity declarations", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [record(1, `<EventData>${"x".repeat(200_000)}</EventData>`), /has 200\d{3} bytes, the limit is 100000/],
      ["<Event><!DOCTYPE a [<!ENTITY b 'c'>]></Event>", /declarations/],
      [`<Event>${"<a>".repeat(100)}</Event>`, /deeper than 64/],
      [`<Event>${"<a/>".repeat(20_000)}</Event>`, /more than 10000 elements/],
      ["<Event>&lol;</Event>", /& is not followed/],
      ["<Event>&#x110000;</Event>", /& is not followed/],
      ["<Event a=1></Event>", /expected an attribute/],
      ["<Event></Event>", /without System/],
      ["</Event>", /8 characters between/],
    ];
    for (const [text, reason] of cases) {
      const [item, ...more] = await read(`${text}\n${record(9)}`, 1000);
      expect(item?.kind === "problem" && item.problem.message).toMatch(reason);
      expect(more.map(brief)).toEqual(["9"]);
    }
  });

  it("take time proportional to their length, whatever they contain", async () => {
    const hostile = [
      "<Event ".repeat(50_000),
      "&".repeat(200_000),
      "<!--".repeat(50_000),
      "<Event a='".repeat(30_000),
      "\n<".repeat(99_000),
    ];
    for (const text of hostile) {
      expect((await read(text, 4096, 1_000_000)).every((item) => item.kind === "problem")).toBe(true);
      expect((await read(`${text}</Event>`, 4096, 1_000_000)).every((item) => item.kind === "problem")).toBe(true);
    }
  });

  it("are distinguished from other XML", () => {
    const looksLike = (text: string) => windowsXml.looksLike({ text, bytes: Buffer.from(text) });
    expect(looksLike("<Event xmlns='x'>")).toBe(true);
    expect(looksLike('<?xml version="1.0"?>\r\n<Events>')).toBe(true);
    expect(looksLike("<EventData>")).toBe(false);
    expect(looksLike("<html>")).toBe(false);
  });
});
