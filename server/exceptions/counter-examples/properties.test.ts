import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fields } from "#contracts/event";
import { draftSubject } from "../../../test/factories/draft-subjects.ts";
import { activitiesOf, groupOf } from "../draft.ts";
import { mutationsOf } from "./mutants.ts";
import { hides } from "./narrow.ts";

const numRuns = Number(process.env["STEMMA_PROPERTY_RUNS"] ?? 80);

const words = fc.constantFrom(
  "/c",
  "/Q",
  "-NoProfile",
  "whoami",
  "netstat -ano",
  "12345",
  "2026-03-10T09:00:21Z",
  "10.0.0.5",
  "\\\\127.0.0.1\\ADMIN$\\Temp\\vendor_A00003DF.TMP",
  "1>",
  "2>&1",
  '"C:\\Program Files\\Vendor Agent\\task_00017.cmd"',
  "C:\\Windows\\ccmcache\\1a\\install.cmd",
  "{0f8fad5b-d9cb-469f-a165-70867728950e}",
  "0x3e7",
  "-EncodedCommand RwBlAHQALQBDAGgAaQBsAGQASQB0AGUAbQAgAEMAOgBcAFUAcwBlAHIAcwA0001",
  "-enc JABlAG4AdgA6AEMATwBNAFAAVQBUAEUAUgBOAEEATQBFAA==",
  "http://updates.vendor.example/v2/8812",
  "{digits}",
  "{",
  "*",
  "?",
  "İ",
);
const text = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter((one) => one.trim() !== "");
const commandLine = fc
  .tuple(
    fc.constantFrom("cmd.exe", '"C:\\Windows\\System32\\cmd.exe"', "powershell", "C:\\Tools\\agent7.exe"),
    fc.array(fc.oneof({ weight: 3, arbitrary: words }, text), { minLength: 1, maxLength: 7 }),
  )
  .map(([program, rest]) => [program, ...rest].join(" "));

const parents = fc.constantFrom(
  "C:\\Windows\\System32\\cmd.exe",
  "C:\\Windows\\System32\\services.exe",
  "C:\\Program Files\\Vendor Agent\\agent.exe",
  "C:\\Windows\\CCM\\CcmExec.exe",
  "C:\\Python312\\python.exe",
);

const events = fc
  .record({ command: commandLine, parent: parents, parentCommand: commandLine })
  .map(({ command, parent, parentCommand }): Fields => {
    return {
      "process.executable": "C:\\Windows\\System32\\cmd.exe",
      "process.name": "cmd.exe",
      "process.command_line": command,
      "process.parent.executable": parent,
      "process.parent.command_line": parentCommand,
      "user.name": "svc-agent",
      "user.domain": "NORD",
      "host.name": "srv-01",
    };
  });

describe("a draft of one alert", () => {
  it("matches the alert's own event, the same activity written differently, and nothing that differs in what it does", () => {
    fc.assert(
      fc.property(events, (fields) => {
        const one = draftSubject(fields);
        const [activity] = activitiesOf([one]);
        const entries = activity === undefined ? [] : groupOf(activity).map(({ entry }) => entry);
        expect(
          hides({ entries }, one, () => undefined),
          "its own event",
        ).toBe(true);
        const tells = entries.some((entry) => "field" in entry && entry.field === "process.parent.command_line");
        for (const { kind, text: what, expected, ...seen } of mutationsOf(one).mutants) {
          // The exact path of a telling parent suffices, whatever its command line.
          if (kind === "other-parent-command" && !tells) {
            continue;
          }
          const told = `${kind}, ${what}: ${JSON.stringify(seen.changed)}`;
          expect([told, hides({ entries }, seen, () => undefined)]).toEqual([told, expected === "hidden"]);
        }
      }),
      { numRuns },
    );
  });
});
