import { describe, expect, it } from "vitest";
import type { Fields, Scalar } from "#contracts/event";
import { compileCondition } from "../../../condition/evaluate.ts";
import { conjunctsOf } from "../../../condition/fields.ts";
import { printEql } from "../../../condition/print.ts";
import type { Condition } from "../../../condition/tree.ts";
import { type LogSource, resolveLogSource } from "./log-source.ts";
import { compileSigma } from "./sigma.ts";

const start = { "event.category": "process", "event.type": "start", "host.os.type": "windows" };
const processCreation: LogSource = { product: "windows", category: "process_creation" };

function compiled(
  selections: Record<string, unknown>,
  conditions: string | readonly string[] = "selection",
  logSource = processCreation,
): Condition {
  const rule = compileSigma({
    logSource,
    selections,
    conditions: typeof conditions === "string" ? [conditions] : conditions,
  });
  if (!rule.ok) {
    throw new Error(rule.error.message);
  }
  return rule.value;
}

function finds(selection: unknown, fields: Fields, logSource = processCreation): boolean {
  const condition = compiled({ selection }, "selection", logSource);
  return compileCondition(condition)(Object.assign(Object.create(null), start, fields));
}

function refusal(selection: unknown, condition = "selection", logSource = processCreation): string {
  const rule = compileSigma({ logSource, selections: { selection }, conditions: [condition] });
  return rule.ok ? "accepted" : `${rule.error.code}: ${rule.error.message}`;
}

const line = (text: string) => ({ "process.command_line": text });

describe("Sigma values", () => {
  it.each<[unknown, string, boolean]>([
    [{ CommandLine: "WhoAmI" }, "whoami", true],
    [{ "CommandLine|cased": "WhoAmI" }, "whoami", false],
    [{ "CommandLine|contains": "ami" }, "WHOAMI /all", true],
    [{ "CommandLine|contains|cased": "ami" }, "WHOAMI /all", false],
    [{ "CommandLine|startswith": ["net ", "net1 "] }, "NET1 user", true],
    [{ "CommandLine|endswith": "/all" }, "whoami /all ", false],
    [{ "CommandLine|contains": ["a", "b"] }, "xbx", true],
    [{ "CommandLine|contains|all": ["a", "b"] }, "xbx", false],
    [{ "CommandLine|contains|all": ["a", "b"] }, "xbxa", true],
    [{ CommandLine: "who?mi*" }, "whoami /all", true],
    [{ CommandLine: "who\\?mi*" }, "whoami /all", false],
    [{ CommandLine: "who\\*" }, "who*", true],
    [{ CommandLine: "C:\\\\*" }, "c:\\temp", true],
    [{ CommandLine: "C:\\\\*" }, "c:\\\\temp", true],
    [{ CommandLine: "C:\\temp" }, "C:\\temp", true],
    [{ CommandLine: "C:\\\\temp" }, "C:\\temp", true],
    [{ CommandLine: 42 }, "42", true],
    [{ "CommandLine|re": "a.c\\d+" }, "xabc12", true],
    [{ "CommandLine|re": "a.c" }, "a\nc", false],
    [{ "CommandLine|re|s": "a.c" }, "a\nc", true],
    [{ "CommandLine|re": "ABC" }, "abc", false],
    [{ "CommandLine|re|i": "ABC" }, "abc", true],
    [{ "CommandLine|re": "^b" }, "a\nb", false],
    [{ "CommandLine|re|m": "^b" }, "a\nb", true],
    [{ "CommandLine|contains|windash": " -f" }, "x /F", true],
    [{ "CommandLine|contains|windash": " -f" }, "x \u2014f", true],
    [{ "CommandLine|contains|windash": "a-f" }, "a/f", false],
    [{ "CommandLine|contains|windash": " /a /b" }, "x -a \u2013b", true],
    [{ "CommandLine|base64|contains": "foo bar" }, "x Zm9vIGJhcg== y", true],
    [{ "CommandLine|base64offset|contains": "/bin/bash" }, Buffer.from("x /bin/bash -i").toString("base64"), true],
    [{ "CommandLine|base64offset|contains": "/bin/bash" }, Buffer.from("xy /bin/bash -i").toString("base64"), true],
    [{ "CommandLine|base64offset|contains": "/bin/bash" }, Buffer.from("xyz/bin/bash").toString("base64"), true],
    [{ "CommandLine|base64offset|contains": "/bin/bash" }, Buffer.from("/bin/dash").toString("base64"), false],
    [{ "CommandLine|wide|base64offset|contains": "ping" }, Buffer.from("a ping", "utf16le").toString("base64"), true],
    [{ "CommandLine|utf16be|base64|contains": "ping" }, "AHAAaQBuAGc=", true],
    [{ "CommandLine|utf16|base64|contains": "ping" }, "//5wAGkAbgBnAA==", true],
    [{ "CommandLine|neq": "a" }, "b", true],
    [{ "CommandLine|neq": "a" }, "a", false],
    [{ CommandLine: null }, "a", false],
    [{ CommandLine: [null, "a"] }, "a", true],
    [{ "CommandLine|exists": true }, "a", true],
    [{ "CommandLine|exists": false }, "a", false],
    [[{ CommandLine: "a" }, { CommandLine: "b", Image: "x" }], "a", true],
    [[{ CommandLine: "a" }, { CommandLine: "b", Image: "x" }], "b", false],
    [["who", "ami"], "who are you", true],
    ["nobody", "who are you", false],
    [{ "|all": ["who", "you"] }, "who are you", true],
    [{ "|all": ["who", "me"] }, "who are you", false],
    [{ "|re": "^who.*you$" }, "who are you", true],
  ])("%j and %j: %s", (selection, text, expected) => {
    expect(finds(selection, line(text))).toBe(expected);
  });

  it("compares numbers, networks, times and fields", () => {
    expect(finds({ "ProcessId|gte": 5, "ProcessId|lt": 10 }, { "process.pid": 9 })).toBe(true);
    expect(finds({ "ProcessId|gt": 9 }, { "process.pid": 9 })).toBe(false);
    expect(finds({ "IpAddress|cidr": "10.0.0.0/8" }, { "winlog.event_data.IpAddress": "10.2.3.4" })).toBe(true);
    expect(finds({ "UtcTime|hour": [2, 3] }, { "winlog.event_data.UtcTime": "2026-01-31 03:15:00" })).toBe(true);
    expect(finds({ "UtcTime|month": 3 }, { "winlog.event_data.UtcTime": "2026-01-31 03:15:00" })).toBe(false);
    const same = { "process.executable": "C:\\A.exe", "process.parent.executable": "c:\\a.exe" };
    expect(finds({ "Image|fieldref": "ParentImage" }, same)).toBe(true);
    expect(finds({ "Image|fieldref|cased": "ParentImage" }, same)).toBe(false);
    expect(finds({ "CommandLine|fieldref|endswith": "Image" }, { ...same, ...line("start c:\\A.EXE") })).toBe(true);
    expect(finds({ "Image|fieldref": "ParentImage" }, { "process.executable": "a" })).toBe(false);
  });

  it("distinguishes empty text from an absent field", () => {
    const empty = { "winlog.event_data.CommandLine": "" };
    expect(finds({ CommandLine: "" }, empty)).toBe(true);
    expect(finds({ CommandLine: "" }, {})).toBe(false);
    expect(finds({ CommandLine: null }, {})).toBe(true);
  });

  it.each<[string, unknown, unknown]>([
    ["an empty text", "ParentImage", ""],
    ["a dash", "ParentImage", "-"],
    ["a dash among others", "ParentImage", ["-", "C:\\x.exe"]],
    ["no value", "ParentImage", null],
    ["what begins with a dash", "ParentImage|startswith", "-"],
    ["a character", "ParentImage", "?"],
    ["a short text", "ParentImage|re", "^.?$"],
  ])("find a process whose parent is unknown by %s", (_, key, value) => {
    const dash = { "winlog.event_data.ParentImage": "-", "event.provider": "Microsoft-Windows-Sysmon" };
    const known = {
      ...dash,
      "winlog.event_data.ParentImage": "C:\\a.exe",
      "process.parent.executable": "C:\\a.exe",
    };
    const selection = { [key as string]: value };
    expect(finds(selection, dash)).toBe(true);
    expect(finds(selection, { "winlog.event_data.ParentProcessName": "-" })).toBe(true);
    expect(finds(selection, { "event.provider": "Microsoft-Windows-Sysmon" })).toBe(true);
    expect(finds(selection, known)).toBe(false);
  });

  it("does not take a dash for a value where any value would do", () => {
    expect(finds({ ParentImage: "*" }, { "winlog.event_data.ParentImage": "-" })).toBe(false);
    expect(finds({ CommandLine: "-" }, line("-"))).toBe(true);
    expect(
      finds(
        { IpAddress: "-" },
        { "winlog.channel": "Security", "winlog.event_data.IpAddress": "-" },
        { product: "windows", service: "security" },
      ),
    ).toBe(true);
  });

  it("finds what a record has for a program that is not known, by that text alone", () => {
    const unknown = { "winlog.event_data.Image": "<unknown process>", "event.provider": "Microsoft-Windows-Sysmon" };
    expect(finds({ Image: "<unknown process>" }, unknown)).toBe(true);
    expect(finds({ "Image|contains": "unknown process" }, unknown)).toBe(true);
    expect(finds({ Image: "-" }, unknown)).toBe(false);
    expect(finds({ "Image|endswith": "\\x.exe" }, unknown)).toBe(false);
    expect(finds({ Image: "<unknown process>" }, { ...unknown, "process.executable": "C:\\x.exe" })).toBe(false);
  });

  it("read a value that the record has under its own name, also where it is not mapped", () => {
    const own = { "winlog.event_data.CommandLine": "cmd /c whoami" };
    const record = { "event.provider": "Microsoft-Windows-Sysmon", "event.code": "10", ...own };
    const access: LogSource = { product: "windows", category: "process_access" };
    expect(finds({ "CommandLine|contains": "whoami" }, record, access)).toBe(true);
    expect(finds({ "CommandLine|contains": "whoami" }, { ...record, ...line("else") }, access)).toBe(false);
    const security: LogSource = { product: "windows", service: "security" };
    const started = { "winlog.channel": "Security", "event.code": "4688", ...own };
    expect(finds({ EventID: 4688, "CommandLine|contains": "whoami" }, started, security)).toBe(true);
  });

  it("read a name of the header from the record where it has a value of that name: the log that was cleared", () => {
    const cleared = { "winlog.channel": "System", "event.code": "104", "winlog.event_data.Channel": "Setup" };
    const system: LogSource = { product: "windows", service: "system" };
    expect(finds({ EventID: 104, Channel: ["Security", "System"] }, cleared, system)).toBe(false);
    expect(finds({ EventID: 104, Channel: "setup" }, cleared, system)).toBe(true);
    expect(
      finds({ EventID: 7045, Channel: "System" }, { "winlog.channel": "System", "event.code": "7045" }, system),
    ).toBe(true);
    // Without a service nothing but the selection names the log.
    expect(finds({ EventID: 104, Channel: "System" }, cleared, { product: "windows" })).toBe(true);
  });

  it("read from the header whether an audited action succeeded, and which process logged a System record", () => {
    const security: LogSource = { product: "windows", service: "security" };
    const failed = { "winlog.channel": "Security", "event.code": "4673", "event.outcome": "failure" };
    const selection = { EventID: 4673, Keywords: "0x8010000000000000" };
    expect(finds(selection, failed, security)).toBe(true);
    expect(finds(selection, { ...failed, "event.outcome": "success" }, security)).toBe(false);
    const raw = { ...failed, "event.outcome": "success", "winlog.event_data.Keywords": "0x8010000000000000" };
    expect(finds(selection, raw, security)).toBe(true);
    const system: LogSource = { product: "windows", service: "system" };
    const installed = { "winlog.channel": "System", "event.code": "7045", "winlog.process.pid": 0 };
    expect(finds({ EventID: 7045, ProcessId: 0 }, installed, system)).toBe(true);
    expect(finds({ EventID: 7045, ProcessId: 0 }, { ...installed, "winlog.process.pid": 640 }, system)).toBe(false);
  });

  it("read the names in rules about antivirus and DNS from the records of Windows", () => {
    const found = { "event.category": "malware", "file.path": "C:\\a\\b.dll", "rule.name": "Mimikatz" };
    expect(finds({ "Filename|endswith": "\\b.dll", Signature: "mimikatz" }, found, { category: "antivirus" })).toBe(
      true,
    );
    const asked = { "event.category": "network", "network.protocol": "dns", "dns.question.type": "TXT" };
    const answered = { ...asked, "winlog.event_data.QueryResults": "powershell IEX x" };
    expect(finds({ record_type: "TXT", "answer|contains": "IEX" }, answered, { category: "dns" })).toBe(true);
    expect(finds({ record_type: "TXT", "answer|contains": "IEX" }, asked, { category: "dns" })).toBe(false);
  });

  it("compare any fields with each other", () => {
    const security: LogSource = { product: "windows", service: "security" };
    const names = { "winlog.channel": "Security", "winlog.event_data.A": "x", "winlog.event_data.B": "X" };
    expect(finds({ "A|fieldref": "B" }, names, security)).toBe(true);
    expect(finds({ "A|fieldref": ["C", "B"] }, names, security)).toBe(true);
    expect(finds({ "A|fieldref|neq": "B" }, names, security)).toBe(false);
    expect(finds({ "ProcessId|fieldref": "ParentProcessId" }, { "process.pid": 4, "process.parent.pid": 4 })).toBe(
      true,
    );
    expect(finds({ "ProcessId|fieldref": "ParentProcessId" }, { "process.pid": 4, "process.parent.pid": 44 })).toBe(
      false,
    );
    const account = { "user.domain": "D", "user.name": "eve" };
    expect(finds({ "User|fieldref": "Other" }, { ...account, "winlog.event_data.Other": "d\\EVE" })).toBe(true);
    expect(finds({ "CommandLine|fieldref|contains": "User" }, { ...account, ...line("runas D\\eve cmd") })).toBe(true);
    expect(finds({ "CommandLine|contains|fieldref": "ProcessId" }, { ...line("kill 17"), "process.pid": 17 })).toBe(
      true,
    );
  });

  it("compare arrays value by value: one pair has to satisfy the whole comparison", () => {
    const security: LogSource = { product: "windows", service: "security" };
    const compared = (key: string, left: Scalar[], right: Scalar[]) => {
      const arrays = { "winlog.event_data.Foo": left, "winlog.event_data.Bar": right };
      return finds({ [key]: "Bar" }, { "winlog.channel": "Security", ...arrays }, security);
    };
    expect(compared("Foo|fieldref", ["ab", "c"], ["a", "cd"])).toBe(false);
    expect(compared("Foo|fieldref|neq", ["ab", "c"], ["a", "cd"])).toBe(true);
    expect(compared("Foo|fieldref", ["a", "a\u0000b"], ["a\u0000", "b"])).toBe(false);
    expect(compared("Foo|fieldref", ["ab", "c"], ["x", "C"])).toBe(true);
    expect(compared("Foo|fieldref", ["ab", 17], ["17"])).toBe(true);
    expect(compared("Foo|fieldref", ["ab"], [])).toBe(false);
    expect(compared("Foo|fieldref|startswith", ["x", "cd"], ["ab", "c"])).toBe(true);
    expect(compared("Foo|fieldref|endswith", ["ab", "cd"], ["a", "c"])).toBe(false);
  });

  it("combines fields that sources split", () => {
    const account = { "user.domain": "NT AUTHORITY", "user.name": "SYSTEM" };
    expect(finds({ "User|contains": "AUTHORI" }, account)).toBe(true);
    expect(finds({ User: "nt authority\\system" }, account)).toBe(true);
    expect(finds({ User: "SYSTEM" }, account)).toBe(false);
    expect(finds({ User: "root" }, { "user.name": "root" })).toBe(true);
    expect(
      finds({ "User|endswith": "\\eve" }, { ...account, "user.effective.domain": "D", "user.effective.name": "eve" }),
    ).toBe(true);
    const md5 = "0123456789abcdef0123456789abcdef";
    expect(finds({ "Hashes|contains": `MD5=${md5.toUpperCase()}` }, { "process.hash.md5": md5 })).toBe(true);
    expect(finds({ "Hashes|contains": "SHA1=ab" }, { "winlog.event_data.Hashes": "MD5=x,SHA1=AB" })).toBe(true);
    const level = { "process.Ext.token.integrity_level_name": "system" };
    expect(finds({ IntegrityLevel: ["System"] }, level)).toBe(true);
    expect(finds({ IntegrityLevel: "S-1-16-16384" }, level)).toBe(true);
  });
});

describe("Sigma conditions", () => {
  const selections = { sel_a: { CommandLine: "a" }, sel_b: { Image: "b" }, sel_c: { User: "c" }, _d: { ProcessId: 4 } };
  const events: Readonly<Record<string, Fields>> = {
    a: line("a"),
    b: { "process.executable": "b" },
    c: { "user.name": "c" },
    d: { "process.pid": 4 },
  };

  it.each<[string | readonly string[], string, boolean]>([
    ["sel_a and sel_b", "ab", true],
    ["sel_a and sel_b", "a", false],
    ["sel_a or sel_b and sel_c", "a", true],
    ["(sel_a or sel_b) and sel_c", "a", false],
    ["not sel_a", "b", true],
    ["NOT sel_a AND sel_b", "b", true],
    ["1 of sel_*", "c", true],
    ["all of sel_*", "ab", false],
    ["all of sel_*", "abc", true],
    ["2 of sel_*", "a", false],
    ["2 of sel_*", "ac", true],
    ["any of sel_*", "b", true],
    ["1 of them", "d", false],
    ["all of them", "abc", true],
    ["not 1 of sel_*", "d", true],
    ["not 1 of sel_*", "b", false],
    ["not all of sel_*", "ab", true],
    ["1 of *_b", "b", true],
    ["1 of s*l_a", "a", true],
    [["sel_a", "sel_b and sel_c"], "bc", true],
    [["sel_a", "sel_b and sel_c"], "b", false],
  ])("%j holds for %s: %s", (condition, letters, expected) => {
    const fields = Object.assign(Object.create(null), start, ...[...letters].map((letter) => events[letter]));
    expect(compileCondition(compiled(selections, condition))(fields)).toBe(expected);
  });

  it("compiles each filter to a separate exclusion", () => {
    const condition = compiled(
      { selection: { CommandLine: "a" }, filter_main_x: { Image: "x" }, filter_main_y: { Image: "y" } },
      "selection and not 1 of filter_main_*",
    );
    expect(conjunctsOf(condition).slice(-2).map(printEql)).toEqual([
      'not process.executable in~ ("x")',
      'not process.executable in~ ("y")',
    ]);
  });

  it.each([
    ["selection and", 1, 14, 'expected a selection, "1 of", "all of", "not" or "(", found the end'],
    ["(selection", 1, 11, 'expected ")"'],
    ["selection selection", 1, 11, 'expected "and", "or" or the end'],
    ["1 of", 1, 5, 'or "them"'],
    ["other", 1, 1, "expected one of the selections selection"],
    ["1 of other*", 1, 6, "pattern of existing selections"],
    ["selection | count() > 5", 1, 11, "aggregations"],
    [`${"(".repeat(9_000)}selection`, 1, 251, "levels of nesting"],
  ])("rejects %.30j with its position", (condition, row, column, message) => {
    const rule = compileSigma({
      logSource: processCreation,
      selections: { selection: { CommandLine: "a" } },
      conditions: [condition],
    });
    expect(rule.ok ? "accepted" : rule.error.message).toContain(message);
    expect(rule.ok ? undefined : rule.error.at).toEqual({ line: row, column });
  });

  it("reports what is not supported and what is invalid", () => {
    expect(refusal({ "CommandLine|fuzzy": "a" })).toBe(
      'query.not-supported: the modifier "fuzzy" of CommandLine is unknown',
    );
    expect(refusal({ "CommandLine|expand": "%a%" })).toContain("query.not-supported");
    expect(refusal({ GrandParentHashes: "a" })).toContain(
      "query.not-supported: GrandParentHashes: the process graph does not have this field",
    );
    expect(refusal({ "CommandLine|re": "(?<!a)b" })).toContain("query.not-supported: CommandLine|re");
    expect(refusal({ "CommandLine|re": "(a+)+$" })).toBe("accepted");
    expect(refusal({ "CommandLine|cidr": "10.0" })).toContain("query.syntax: CommandLine|cidr: expected a network");
    expect(refusal({ CommandLine: { a: 1 } })).toContain("query.syntax");
    expect(refusal({ "CommandLine|base64": "a*" })).toContain("cannot have wildcards");
    expect(refusal({ "CommandLine|exists": "maybe" })).toContain("expected true or false");
    expect(refusal({ a: "x" }, "selection", { product: "windows", category: "telepathy" })).toContain("telepathy");
    expect(refusal({ a: "x" }, "selection", {})).toContain("neither product nor category nor service");
  });
});

describe("hostile Sigma rules", () => {
  const many = (count: number, item: (index: number) => unknown) => Array.from({ length: count }, (_, at) => item(at));

  it.each<[string, unknown, string, string]>([
    [
      "values without end",
      { "CommandLine|windash|contains": many(5000, (at) => `-a${at} -b -c`) },
      "selection",
      "more than 20000 values",
    ],
    [
      "a condition without end",
      { CommandLine: "a" },
      `selection${" or selection".repeat(1000)}`,
      "characters; at most",
    ],
    [
      "a selection named again and again",
      many(2000, (at) => ({ CommandLine: `${at}` })),
      `selection${" or selection".repeat(500)}`,
      "parts when written out",
    ],
    ["negations without end", { CommandLine: "a" }, `${"not ".repeat(2000)}selection`, "levels of nesting"],
  ])("are rejected quickly: %s", (_, selection, condition, message) => {
    expect(refusal(selection, condition)).toContain(message);
  });

  it("treat names of Object.prototype as data", () => {
    expect(
      finds(
        { __proto__x: "a", constructor: "b" },
        { "winlog.event_data.__proto__x": "a", "winlog.event_data.constructor": "b" },
      ),
    ).toBe(true);
    expect(refusal({ CommandLine: "a" }, "constructor")).toContain("expected one of the selections selection");
  });
});

describe("Sigma log sources", () => {
  it.each<[LogSource, Fields]>([
    [processCreation, start],
    [
      { product: "linux", category: "process_creation" },
      { ...start, "host.os.type": "linux" },
    ],
    [
      { product: "windows", category: "registry_set" },
      {
        "event.category": ["configuration", "registry"],
        "host.os.type": "windows",
        "event.provider": "Microsoft-Windows-Sysmon",
        "event.code": "13",
      },
    ],
    [
      { product: "windows", service: "security" },
      { "host.os.type": "windows", "winlog.channel": "Security" },
    ],
    [
      { product: "windows", service: "applocker" },
      { "host.os.type": "windows", "winlog.channel": "Microsoft-Windows-AppLocker/MSI and Script" },
    ],
    [{ product: "aws", service: "cloudtrail" }, { "data_stream.dataset": "aws.cloudtrail" }],
    [{ category: "webserver" }, { "event.category": "web" }],
    [{ service: "nginx" }, { "event.module": "nginx" }],
  ])("%j", (logSource, fields) => {
    const holds = compileCondition(resolveLogSource(logSource).condition);
    expect(holds(fields)).toBe(true);
    expect(holds({ "host.os.type": "windows", "event.category": "iam" })).toBe(false);
  });

  it("distinguish products with the same prefix", () => {
    const holds = compileCondition(resolveLogSource({ product: "aws" }).condition);
    expect(holds({ "data_stream.dataset": "awslike.log" })).toBe(false);
  });
});
