import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCondition } from "../../condition/evaluate.ts";
import { entryCondition } from "../../exception/condition.ts";
import { printTemplate } from "../../exception/template.ts";
import { aligned } from "./align.ts";
import { commandShape } from "./command-shape.ts";

const templateOf = (commandLine: string) => printTemplate(commandShape(commandLine).parts);
const numRuns = Number(process.env["STEMMA_PROPERTY_RUNS"] ?? 80);

function covers(template: string, commandLine: string): boolean {
  const entry = {
    type: "template",
    field: "process.command_line",
    value: template,
    operator: "included",
    case: "insensitive",
  } as const;
  return compileCondition(entryCondition(entry))({ "process.command_line": commandLine });
}

describe("the template of a command line", () => {
  it.each([
    ["whoami /groups", "whoami /groups"],
    [
      "task.exe -p 49001 --at 2026-03-10T09:00:21",
      "task.exe -p {digits} --at {digits}-{digits}-{digits}T{digits}:{digits}:{digits}",
    ],
    [
      "netstat 1> \\\\127.0.0.1\\ADMIN$\\Temp\\vendor_A00003DF.TMP 2>&1",
      "netstat 1> \\\\127.0.0.1\\ADMIN$\\Temp\\vendor_{hex}.TMP 2>&1",
    ],
    ['cmd /c "C:\\Windows\\ccmcache\\1a\\setup.cmd"', 'cmd /c "C:\\Windows\\ccmcache\\{hex}\\setup.cmd"'],
    ["cmd /c C:\\Windows\\ccmcache\\..\\Temp\\setup.cmd", "cmd /c C:\\Windows\\ccmcache\\..\\Temp\\setup.cmd"],
    ["run {0f8fad5b-d9cb-469f-a165-70867728950e}.xml", "run {{{guid}}.xml"],
    ["run C:\\Tools\\exec\\Step1.bat", "run C:\\Tools\\exec\\Step{digits}.bat"],
    ["type C:\\Temp\\k3j9x2qa.log", "type C:\\Temp\\{name}.log"],
  ])("replaces typed parts only: %s", (commandLine, template) => {
    expect(templateOf(commandLine)).toBe(template);
  });

  it.each([
    "ping 10.0.0.5",
    "curl http://10.0.0.5:8080/v2/8812",
    "net use \\\\srv-0042\\share",
    "csc /r:C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\mscorlib.dll",
    "rundll32 shell32.dll,#61",
    "run C:\\Temp\\k3j9x2qa.ps1",
    "nc 10.0.0.5:4444",
    "net user admin2026 /add",
    "C:\\Tools\\Runner-12.exe",
    "reg add HKLM\\Software\\Vendor /v On /d 1 /f",
  ])("keeps addresses, versions, scripts and single digits: %s", (commandLine) => {
    expect(templateOf(commandLine)).toBe(commandLine);
  });

  it("keeps an encoded payload, but for a counter at its end", () => {
    const payload = "JABlAG4AdgA6AEMATwBNAFAAVQBUAEUAUgBOAEEA";
    expect(commandShape(`powershell -enc ${payload}TQBFAA==`)).toMatchObject({ hasPayload: true });
    expect(templateOf(`powershell -enc ${payload}TQBFAA==`)).toBe(`powershell -enc ${payload}TQBFAA==`);
    expect(templateOf(`powershell -EncodedCommand ${payload}0017`)).toBe(
      `powershell -EncodedCommand ${payload}{digits}`,
    );
    expect(commandShape("powershell -ExecutionPolicy Bypass -File a.ps1").hasPayload).toBe(false);
  });

  it("covers the command line that it was made from, and nothing appended to it", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary", maxLength: 12 }),
      fc.constantFrom(
        "C:\\Temp\\a1b2c3.txt",
        "10.0.0.5",
        "*",
        "12345",
        "{digits}",
        "{{",
        "0x3e7f",
        "İ",
        "-e AAAABBBB0001",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const line = words.join(" ");
        const template = templateOf(line);
        if (template !== "") {
          expect(covers(template, line)).toBe(true);
          expect(covers(template, `${line} & calc`)).toBe(false);
        }
      }),
      { numRuns },
    );
  });
});

describe("the common template of two command lines", () => {
  const common = (left: string, right: string) => {
    const parts = aligned(commandShape(left).parts, commandShape(right).parts);
    return parts && printTemplate(parts);
  };

  it.each([
    ["run  service-1 /x", "run service-2 /X", "run  service-{digits} /x"],
    ["copy C:\\work\\b\\a.cmd", "copy C:\\work\\1c\\a.cmd", "copy C:\\work\\{hex}\\a.cmd"],
    ["run vendor_00001234.tmp", "run vendor_A00003DF.tmp", "run vendor_{hex}.tmp"],
    ["get /id 5", "get /id 7", "get /id {digits}"],
  ])("has a stand-in for a typed part that differs: %s, %s", (left, right, template) => {
    expect(common(left, right)).toBe(template);
  });

  it.each([
    ["net user", "net group"],
    ["whoami /groups", "whoami /groups /priv"],
    ["run a.cmd", "run a.cmd & calc"],
    ["run C:\\a\\b\\x.cmd", "run C:\\a\\..\\x.cmd"],
    ["del bad", "del add"],
  ])("does not exist where more than that differs: %s, %s", (left, right) => {
    expect(common(left, right)).toBeUndefined();
  });
});
