import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCondition } from "../condition/evaluate.ts";
import { commandTemplate } from "../event/command-template.ts";
import { entryCondition } from "../exception/condition.ts";
import { commandTemplatePattern } from "./command-template-pattern.ts";

function matches(pattern: string, commandLine: string): boolean {
  const entry = { type: "wildcard", field: "c", value: pattern, operator: "included", case: "insensitive" } as const;
  return compileCondition(entryCondition(entry))({ c: commandLine });
}

describe("the wildcard of a command line", () => {
  it("keeps fixed parts as written and escaped, and replaces variable parts", () => {
    const line = String.raw`cmd.exe /Q /c cd  1> \\127.0.0.1\ADMIN$\__1684434503.69 2>&1`;
    const pattern = commandTemplatePattern(commandTemplate(line), line);
    expect(pattern).toBe(String.raw`cmd.exe /Q /c cd  1> \\\\127.0.0.1\\ADMIN$\\__* 2>&1`);
    expect(matches(pattern ?? "", line)).toBe(true);
    expect(matches(pattern ?? "", line.replace("1684434503.69", "1684434999.1"))).toBe(true);
    expect(matches(pattern ?? "", line.replace("cd  ", "whoami "))).toBe(false);
  });

  it("keeps an asterisk and a question mark of the command line literal", () => {
    const pattern = commandTemplatePattern("cmd /c del *.t?p", "cmd /c del *.t?p");
    expect(pattern).toBe("cmd /c del \\*.t\\?p");
    expect(matches(pattern ?? "", "cmd /c del everything.tmp")).toBe(false);
  });

  it("is undefined for the template of another command line", () => {
    expect(commandTemplatePattern("net user *", "whoami /all")).toBeUndefined();
  });

  it("always matches the command line that it was derived from", () => {
    const words = fc.array(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 12 }),
        fc.constantFrom("C:\\Temp\\a1b2.txt", "10.0.0.5", "*", "12345", "\\", "?", "0x3e7", "İ"),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(words, (parts) => {
        const line = parts.join(" ");
        const pattern = commandTemplatePattern(commandTemplate(line), line);
        return pattern === undefined || pattern === "" || matches(pattern, line);
      }),
    );
  });
});
