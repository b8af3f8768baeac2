import { describe, expect, it } from "vitest";
import type { ProcessNode } from "#contracts/lineage";
import { lineageFields } from "./lineage-fields.ts";

function node(key: string, more: Partial<ProcessNode> = {}): ProcessNode {
  return {
    key,
    host: "ws-01",
    placeholder: false,
    sources: [],
    childGroup: "",
    activity: { network: 0, dns: 0, file: 0, registry: 0, module: 0, access: 0, injection: 0 },
    childCount: 0,
    alerts: [],
    ...more,
  };
}

function parentOf(key: string, certainty: "exact" | "ambiguous"): ProcessNode["parent"] {
  return { key, certainty, why: "" };
}

function known(process: ProcessNode, ancestors: readonly ProcessNode[]) {
  return new Map(lineageFields(process, ancestors).map((item) => [item.field, item]));
}

describe("the fields of an alert's process", () => {
  it("have the names and the spelling of records", () => {
    const fields = known(
      node("a", {
        executable: "C:\\Windows\\System32\\WScript.exe",
        name: "wscript.exe",
        args: ["wscript", "x.vbs"],
        originalFileName: "wscript.exe",
        hashes: { sha256: "ab", imphash: "cd" },
        integrityLevel: "High",
      }),
      [],
    );
    expect(Object.fromEntries([...fields].map(([field, { value }]) => [field, value]))).toEqual({
      "process.name": "WScript.exe",
      "process.executable": "C:\\Windows\\System32\\WScript.exe",
      "process.args": ["wscript", "x.vbs"],
      "process.pe.original_file_name": "wscript.exe",
      "process.hash.sha256": "ab",
      "process.pe.imphash": "cd",
      "process.Ext.token.integrity_level_name": "High",
    });
  });

  it("come from parent and grandparent too, and are uncertain where an edge on the way is ambiguous", () => {
    const parent = node("b", { commandLine: "b.exe", parent: parentOf("c", "ambiguous") });
    const grandparent = node("c", { commandLine: "c.exe" });
    const sure = known(node("a", { parent: parentOf("b", "exact") }), [parent, grandparent]);
    expect(sure.get("process.parent.command_line")).toEqual({
      field: "process.parent.command_line",
      value: "b.exe",
      origin: { kind: "parent", processKey: "b", certain: true },
    });
    expect(sure.get("process.parent.parent.command_line")?.origin).toEqual({
      kind: "grandparent",
      processKey: "c",
      certain: false,
    });
    const unsure = known(node("a", { parent: parentOf("b", "ambiguous") }), [parent, grandparent]);
    expect([...unsure.values()].map(({ origin }) => origin.certain)).toEqual([false, false]);
  });
});
