import { describe, expect, it } from "vitest";
import { lineageRoot } from "./lineage-root.ts";

const process = (name: string) => ({ key: name, name });

describe("the lineage root of an alert", () => {
  it("is the highest ancestor below the service hosts", () => {
    const ancestors = ["cmd.exe", "WmiPrvSE.exe", "svchost.exe", "services.exe"].map(process);
    expect(lineageRoot(process("whoami.exe"), ancestors)).toBe("WmiPrvSE.exe");
  });

  it("is the process itself when nothing is known above it or a service host started it", () => {
    expect(lineageRoot(process("cmd.exe"), [])).toBe("cmd.exe");
    expect(lineageRoot(process("cmd.exe"), [process("Explorer.EXE"), process("userinit.exe")])).toBe("cmd.exe");
  });

  it("is the highest known one when the chain ends below any service host", () => {
    expect(lineageRoot(process("c"), [process("b"), process("a"), { key: "?" }])).toBe("?");
  });
});
