import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExceptionDraft } from "#contracts/exception";
import { compileException } from "../exception/active.ts";
import { excludeMalicious } from "./exclude-malicious.ts";

const draft: Pick<ExceptionDraft, "entries"> = {
  entries: [{ type: "match", field: "process.name", value: "cmd.exe", operator: "included", case: "insensitive" }],
};

function hidden(id: string, commandLine: string, user: string, host = "srv-01") {
  return {
    id,
    fields: { "process.name": "cmd.exe", "process.command_line": commandLine, "user.name": user, "host.name": host },
  };
}

function hides(entries: ExceptionDraft["entries"], fields: ReturnType<typeof hidden>["fields"]): boolean {
  return compileException({ id: "", name: "", mode: "enforced", entries }).matches({ fields });
}

describe("excluding alerts judged malicious", () => {
  it("adds the field that separates them", () => {
    const alerts = [hidden("a", "inventory 1", "svc"), hidden("b", "inventory 2", "svc"), hidden("c", "whoami", "eve")];
    const result = excludeMalicious(draft, alerts, new Set(["c"]));
    expect(result).toMatchObject({ kind: "found" });
    expect(result.text).toContain("process.command_line");
    const entries = result.kind === "found" ? result.entries : [];
    expect(alerts.map(({ fields }) => hides(entries, fields))).toEqual([true, true, false]);
  });

  it("says so where no field separates them, or nothing else is left", () => {
    const same = [hidden("a", "inventory", "svc"), hidden("b", "inventory", "svc")];
    expect(excludeMalicious(draft, same, new Set(["b"]))).toMatchObject({
      kind: "none",
      text: expect.stringContaining("No field separates"),
    });
    expect(excludeMalicious(draft, same, new Set(["a", "b"]))).toMatchObject({
      kind: "none",
      text: expect.stringContaining("nothing is left"),
    });
  });

  it("narrows every group of entries", () => {
    const alerts = [hidden("a", "inventory", "svc"), hidden("b", "whoami", "eve")];
    const result = excludeMalicious({ ...draft, alternatives: [[...draft.entries]] }, alerts, new Set(["b"]));
    expect(result).toMatchObject({ alternatives: [[{}, { field: "process.command_line" }]] });
  });

  it("never offers a draft that hides a malicious alert or loses another one", () => {
    const value = fc.constantFrom("a", "b", "c", "d");
    const alert = fc.tuple(value, value, value, fc.boolean());
    fc.assert(
      fc.property(fc.array(alert, { minLength: 1, maxLength: 12 }), (all) => {
        const alerts = all.map(([command, user, host], index) => hidden(`${index}`, command, user, host));
        const red = new Set(all.flatMap(([, , , isRed], index) => (isRed ? [`${index}`] : [])));
        const result = excludeMalicious(draft, alerts, red);
        if (result.kind === "found") {
          expect(alerts.map(({ fields }) => hides(result.entries, fields))).toEqual(
            alerts.map(({ id }) => !red.has(id)),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
