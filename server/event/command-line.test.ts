import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitSecurityCommandLine, splitSysmonCommandLine } from "./command-line.ts";

const golden: readonly { readonly line: string; readonly sysmon: string[]; readonly security: string[] }[] = [
  {
    line: `wmic.exe /node:"10.0.0.5" process call create "cmd.exe /c whoami"`,
    sysmon: ["wmic.exe", "/node:10.0.0.5", "process", "call", "create", "cmd.exe /c whoami"],
    security: ["wmic.exe", '/node:"10.0.0.5"', "process", "call", "create", '"cmd.exe /c whoami"'],
  },
  {
    line: String.raw`cmd.exe /Q /c cd \ 1> \\127.0.0.1\ADMIN$\__17.12 2>&1`,
    sysmon: ["cmd.exe", "/Q", "/c", "cd", "\\", "1>", String.raw`\\127.0.0.1\ADMIN$\__17.12`, "2>&1"],
    security: ["cmd.exe", "/Q", "/c", "cd", "\\", "1>", String.raw`\\127.0.0.1\ADMIN$\__17.12`, "2>&1"],
  },
  {
    line: "x.exe  two  spaces ",
    sysmon: ["x.exe", "two", "spaces"],
    security: ["x.exe", "", "two", "", "spaces"],
  },
  {
    line: String.raw`"C:\Program Files\a b\x.exe"  -p "C:\dir\" next`,
    sysmon: [String.raw`C:\Program Files\a b\x.exe`, "-p", String.raw`C:\dir" next`],
    security: [String.raw`"C:\Program Files\a b\x.exe"`, "", "-p", String.raw`"C:\dir\"`, "next"],
  },
  {
    line: String.raw`a.exe "he said \"hi\"" b\\\"c d\\ "e""f" g`,
    sysmon: ["a.exe", 'he said "hi"', String.raw`b\"c`, String.raw`d\\`, 'e"f g'],
    security: ["a.exe", String.raw`"he said \"hi\""`, String.raw`b\\\"c d\\ "e""f" g`],
  },
  { line: "", sysmon: [], security: [] },
  { line: 'a "" b', sysmon: ["a", "", "b"], security: ["a", '""', "b"] },
];

describe("splitting command lines", () => {
  for (const { line, sysmon, security } of golden) {
    it(`splits ${JSON.stringify(line)} as Sysmon pipelines do`, () => {
      expect(splitSysmonCommandLine(line)).toEqual(sysmon);
    });
    it(`splits ${JSON.stringify(line)} as Security pipelines do`, () => {
      expect(splitSecurityCommandLine(line)).toEqual(security);
    });
  }

  it("restores any arguments quoted by the rules of the C runtime", () => {
    const argument = fc.string({ unit: fc.constantFrom("a", "B", " ", "\t", '"', "\\", "é", "/") });
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
        expect(splitSysmonCommandLine(args.map(quote).join(" "))).toEqual(args);
      }),
    );
  });

  it("loses no character of a Security command line", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", " ", '"', "\\") }), (line) => {
        const joined = splitSecurityCommandLine(line).join(" ");
        expect(joined === line || `${joined} ` === line).toBe(true);
      }),
    );
  });

  it("gives the same result both ways for lines without quotes and double spaces", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "\\", "/", "é", "1>"), minLength: 1 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), (words) => {
        const line = words.join(" ");
        expect(splitSysmonCommandLine(line)).toEqual(splitSecurityCommandLine(line));
      }),
    );
  });
});

/** Quotes one argument as the C runtime expects it. */
function quote(argument: string): string {
  let text = '"';
  let backslashes = 0;
  for (const character of argument) {
    if (character === "\\") {
      backslashes += 1;
    } else if (character === '"') {
      text += `${"\\".repeat(backslashes * 2 + 1)}"`;
      backslashes = 0;
    } else {
      text += "\\".repeat(backslashes) + character;
      backslashes = 0;
    }
  }
  return `${text}${"\\".repeat(backslashes * 2)}"`;
}
