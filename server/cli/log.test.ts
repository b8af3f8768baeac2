import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLog, textOf } from "./log.ts";

describe("the log", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "stemma-log-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is a file of JSON lines for its owner alone, which a rotation can replace", () => {
    const file = join(folder, "stemma.log");
    const opened = openLog({ logLevel: "info", logFile: file });
    if (!opened.ok) {
      throw new Error(opened.error.message);
    }
    const { log, close } = opened.value;
    log.info({ event: "one", token: "secret" });
    log.debug({ event: "too quiet" });
    renameSync(file, `${file}.1`);
    process.emit("SIGHUP");
    log.warn({ event: "two" });
    close();
    const eventsOf = (path: string) =>
      readFileSync(path, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect(eventsOf(`${file}.1`)).toMatchObject([{ level: "info", event: "one", token: "[Redacted]" }]);
    expect(eventsOf(file)).toMatchObject([{ level: "warn", event: "two", time: expect.stringMatching(/Z$/) }]);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it("is refused where it cannot be written", () => {
    expect(openLog({ logLevel: "info", logFile: join(folder, "missing", "stemma.log") })).toMatchObject({
      ok: false,
      error: { code: "config.invalid", at: { field: "STEMMA_LOG_FILE" } },
    });
  });

  it("is text on a terminal, in which nothing is hidden", () => {
    const record = {
      level: "warn",
      time: "2026-06-17T12:31:02.000Z",
      event: "http.refused",
      status: 431,
      code: "a b\u001b[2J",
    };
    expect(textOf(JSON.stringify(record))).toBe('12:31:02 WARN http.refused status=431 code="a b\\u001b[2J"\n');
    expect(textOf(JSON.stringify({ ...record, code: "\u202e" }))).toContain("\\u{202e}");
  });
});
