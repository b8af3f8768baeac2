import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EventSourceNames, eventSourceIds, eventSourceNames } from "#contracts/event-source";
import { mapWindowsFields } from "./mapping.ts";
import { recordKinds } from "./record-kinds.ts";
import { eventSources } from "./sources.ts";

/** Notes which values a mapping asks for. */
class Asked extends Map<string, string> {
  readonly names = new Set<string>();

  override get(name: string): string | undefined {
    this.names.add(name);
    return super.get(name);
  }
}

const value: fc.Arbitrary<string> = fc.constantFrom(
  "",
  "-",
  "0",
  "0x10",
  "4242",
  "%%1873",
  "%%14593",
  "%%8448, %%8450",
  "10.0.0.1",
  "10.0.0.1:445",
  "LOCAL",
  "EXAMPLE\\ada",
  "ada@EXAMPLE",
  "C:\\Tools\\a.ps1",
  "\\REGISTRY\\MACHINE\\SOFTWARE\\x",
  "HKLM\\SOFTWARE\\x",
  "DWORD (0x00000001)",
  "SetValue",
  "true",
  "CN=ada,OU=x,DC=example",
  "user",
  "group",
  "S-1-5-21-1-2-3-500",
  "S-1-16-12288",
  "{0CCE922B-69AE-11D9-BED3-505054503030}",
  "SeDebugPrivilege\n\tSeTcbPrivilege",
  "MD5=00112233445566778899AABBCCDDEEFF",
  "O=X\\P\\F\\1",
  "https://x.test/a",
  "        Host Application = a b\n        User = EXAMPLE\\ada\n        Script Name = C:\\a.ps1",
  "\tHostApplication=a b\n\tUserId=EXAMPLE\\ada\n\tDetailTotal=3\n\tSequenceNumber=3",
  'CommandInvocation(x): "y"',
  "cmd.exe /c x",
);

describe("the kinds of records", () => {
  it.each(eventSourceIds)("list every field that a record of %s can have", (id) => {
    const names: EventSourceNames = eventSourceNames[id];
    for (const [code, type] of eventSources[id].records) {
      const record = (data: ReadonlyMap<string, string>, unnamed: readonly string[] = []) =>
        mapWindowsFields({
          provider: type.provider ?? names.provider ?? "",
          channel: names.channel,
          computer: "ws7",
          code: Number(code),
          recordId: "1",
          servicePid: 5,
          serviceSid: "S-1-5-21-1-2-3-1104",
          keywords: "0x8010000000000000",
          data,
          unnamed,
        });
      const asked = new Asked();
      record(asked);
      const kinds = recordKinds.filter((kind) => kind.source === id && kind.code === code);
      const listed = new Set(["event.outcome", "winlog.process.pid", "winlog.user.identifier"]);
      for (const name of kinds.flatMap(({ fields }) => [...fields])) {
        listed.add(name);
      }
      const values = fc.record(Object.fromEntries([...asked.names].map((name) => [name, value])), { requiredKeys: [] });
      fc.assert(
        fc.property(values, fc.array(value, { maxLength: 11 }), (data, unnamed) => {
          const own = new Map(
            Object.entries(data).filter((entry): entry is [string, string] => entry[1] !== undefined),
          );
          const fields = Object.keys(record(own, unnamed)).filter((field) => !isOwnValue(field, own));
          expect(fields.filter((field) => !listed.has(field))).toEqual([]);
        }),
        { numRuns: 30 },
      );
    }
  });
});

function isOwnValue(field: string, own: ReadonlyMap<string, string>): boolean {
  const name = field.replace("winlog.event_data.", "");
  return name !== field && (own.has(name) || /^param\d+$/.test(name));
}
