import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { commandTemplate } from "./command-template.ts";

describe("the template of a command line", () => {
  it.each([
    [
      "cmd.exe /Q /c cd \\ 1> \\\\127.0.0.1\\ADMIN$\\__1556656369.7 2>&1",
      "cmd.exe /q /c cd \\ 1> \\\\127.0.0.1\\admin$\\__* 2>&1",
    ],
    [
      "cmd.exe /Q /c cd  1> \\\\127.0.0.1\\ADMIN$\\__1684434503.6905713 2>&1",
      "cmd.exe /q /c cd 1> \\\\127.0.0.1\\admin$\\__* 2>&1",
    ],
    ["rundll32.exe C:\\Windows\\System32\\shell32.dll,#61", "rundll32.exe c:\\windows\\system32\\shell32.dll,#*"],
    ["wmic /node:10.1.2.3 process list", "wmic /node:* process list"],
    ["x.exe C:\\Users\\Alice\\a.txt C:\\Users\\Public\\b.txt", "x.exe c:\\users\\*\\a.txt c:\\users\\public\\b.txt"],
    ["x.exe C:\\Users\\bob\\AppData\\Local\\Temp\\tmpA1F.ps1", "x.exe c:\\users\\*\\appdata\\local\\temp\\*.ps1"],
    ["svc {365ABB72-B0C0-5CC8-0000-001017C31C00} 0x1f4", "svc * *"],
    ["powershell -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAIABOAGUAdAAuAA==", "powershell -enc *"],
    ["backup.exe --date 2026-01-31 --id deadbeef01", "backup.exe --date * --id *"],
    ["net1 user 7 x", "net1 user 7 x"],
  ])("%s", (commandLine, template) => {
    expect(commandTemplate(commandLine)).toBe(template);
  });

  it("is its own template", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."a1f0 .\\_-:*{}/$Q") }), (text) => {
        const once = commandTemplate(text);
        expect(commandTemplate(once)).toBe(once);
      }),
    );
  });
});
