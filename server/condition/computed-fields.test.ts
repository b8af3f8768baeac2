import { describe, expect, it } from "vitest";
import { decodedField } from "#contracts/decoding";
import type { Fields } from "#contracts/event";
import { canHaveField } from "./computed-fields.ts";
import { compileCondition, compileValues } from "./evaluate.ts";
import { pushdownPredicate } from "./pushdown.ts";
import { and, equals, exists, field, not, wildcard } from "./tree.ts";

const encoded = (text: string) => `powershell -enc ${Buffer.from(text, "utf16le").toString("base64")}`;
const hidden: Fields = { "process.name": "powershell.exe", "process.command_line": encoded("Get-Process lsass") };
const plain: Fields = { "process.name": "cmd.exe", "process.command_line": "cmd.exe /c whoami" };

/** An event that fails the test if its command line is read. */
function unread(name: string): Fields {
  return Object.defineProperty({ "process.name": name }, "process.command_line", {
    enumerable: true,
    get: () => expect.unreachable("the command line was read"),
  });
}

describe("the field of decoded text", () => {
  it("has what is encoded in the command lines and scripts of an event", () => {
    const matches = compileCondition(wildcard(decodedField, "*process LSASS*"));
    expect(matches(hidden)).toBe(true);
    expect(matches({ "powershell.file.script_block_text": "IEX ('Get-Pro'+'cess lsass')" })).toBe(true);
    expect(matches({ "process.parent.command_line": ["a", encoded("get-process lsass")] })).toBe(true);
    expect(matches(plain)).toBe(false);
    expect(compileValues(field(decodedField))(hidden)).toEqual(["Get-Process lsass"]);
  });

  it("is absent where nothing is encoded", () => {
    expect(compileCondition(exists(decodedField))(hidden)).toBe(true);
    expect(compileCondition(exists(decodedField))(plain)).toBe(false);
    expect(compileCondition(not(exists(decodedField)))(plain)).toBe(true);
  });

  it("is computed only where a condition comes to it", () => {
    expect(compileCondition(equals("process.name", "cmd.exe"))(unread("cmd.exe"))).toBe(true);
    const both = and(equals("process.name", "cmd.exe"), exists(decodedField));
    expect(compileCondition(both)(unread("other.exe"))).toBe(false);
  });

  it("is not what an event has under this name", () => {
    expect(compileCondition(exists(decodedField))({ ...plain, [decodedField]: "forged" })).toBe(false);
  });

  it("lets every event through prefilters, which do not know it", () => {
    const condition = and(equals("host.name", "ws-01"), equals(decodedField, "Get-Process lsass"));
    expect(pushdownPredicate(condition, new Set(["host.name"]))).toEqual({
      kind: "in",
      column: "host.name",
      values: ["ws-01"],
    });
  });

  it("can be had by events that have a field of which it is made", () => {
    expect(canHaveField(decodedField, (name) => name === "powershell.file.script_block_text")).toBe(true);
    expect(canHaveField(decodedField, (name) => name === "file.path")).toBe(false);
    expect(canHaveField("file.path", (name) => name === "file.path")).toBe(true);
  });
});
