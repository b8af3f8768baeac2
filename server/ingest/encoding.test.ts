import { describe, expect, it } from "vitest";
import { readEvents } from "./read.ts";

const texts = ["Prüfer", "naïve café", "日本語 🙂"];

const json = (text: string, number: number) =>
  JSON.stringify({
    EventID: 7,
    SourceName: "Example",
    TimeGenerated: "2024-05-06T10:00:01Z",
    RecordNumber: number,
    Text: text,
  });
const xml = (text: string, number: number) =>
  `<Event><System><Provider Name="Example"/><EventID>7</EventID><TimeCreated SystemTime="2024-05-06T10:00:01Z"/>` +
  `<EventRecordID>${number}</EventRecordID></System><EventData><Data Name="Text">${text}</Data></EventData></Event>`;

const formats: Readonly<Record<string, (texts: readonly string[]) => string>> = {
  NDJSON: (values) => values.map((text, index) => `${json(text, index)}\r\n`).join(""),
  JSON: (values) => `[\r\n${values.map(json).join(",\r\n")}\r\n]`,
  XML: (values) => `<?xml version="1.0"?>\r\n<Events>\r\n${values.map(xml).join("\r\n")}\r\n</Events>`,
};

async function read(bytes: Uint8Array, size = bytes.length) {
  async function* stdin() {
    for (let at = 0; at < bytes.length; at += size) {
      yield bytes.subarray(at, at + size);
    }
  }
  const found: unknown[] = [];
  const problems: string[] = [];
  for await (const batch of readEvents(["-"], { stdin: stdin() })) {
    found.push(...batch.events.map(({ event }) => event.fields["winlog.event_data.Text"]));
    problems.push(...batch.problems.map(({ severity, problem }) => `${severity} ${problem.message}`));
  }
  return { found, problems };
}

const swapped = (bytes: Buffer) => Buffer.from(bytes).swap16();
const utf16: Readonly<Record<string, (text: string) => Buffer>> = {
  "UTF-16LE with a byte order mark": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16LE without one": (text) => Buffer.from(text, "utf16le"),
  "UTF-16BE with a byte order mark": (text) => swapped(Buffer.from(`\ufeff${text}`, "utf16le")),
  "UTF-16BE without one": (text) => swapped(Buffer.from(text, "utf16le")),
};

describe.each(Object.entries(formats))("%s", (_, write) => {
  it.each(Object.entries(utf16))("in %s is read, which is said", async (name, encode) => {
    for (const size of [3, 5000]) {
      const { found, problems } = await read(encode(write(texts)), size);
      expect(found).toEqual(texts);
      expect(problems).toEqual([`warning -: read as ${name.slice(0, 8)}; places in it are counted in UTF-8`]);
    }
  });

  it("in Latin-1 or Windows-1252 is read, which is said", async () => {
    const latin = Buffer.from(write(["Prüfer", "plain", "caf\u00e9 \u0080"]), "latin1");
    const { found, problems } = await read(latin);
    expect(found).toEqual(["Prüfer", "plain", "café €"]);
    expect(problems).toEqual(["warning -: 2 records are not UTF-8, read as Windows-1252"]);
  });

  it("with invalid bytes in UTF-8 is read, and the replaced bytes are said", async () => {
    const bytes = Buffer.from(write(["日本#", "b\ufffd"]));
    bytes[bytes.indexOf("#")] = 0xff;
    const { found, problems } = await read(bytes);
    expect(found).toEqual(["日本\ufffd", "b\ufffd"]);
    expect(problems).toEqual(["warning -: 1 record is not valid UTF-8, invalid bytes replaced"]);
  });

  it("in UTF-8 has nothing to be said", async () => {
    expect((await read(Buffer.from(write(texts)))).problems).toEqual([]);
  });
});

describe("text in UTF-16", () => {
  it("that ends inside a character is read up to there", async () => {
    const bytes = Buffer.from(`\ufeff${formats["NDJSON"]?.(texts)}`, "utf16le");
    const { found, problems } = await read(bytes.subarray(0, bytes.length - 1));
    expect(found).toEqual(texts);
    expect(problems[1]).toBe("warning -: not valid UTF-16LE, it ends inside a character");
  });
});
