import fc from "fast-check";
import { expect, it } from "vitest";
import { alert } from "../../../test/factories/alerts.ts";
import type { AlertRecord } from "../../alert/record.ts";
import { commandTemplate } from "../../event/command-template.ts";
import type { Store } from "../../store/port.ts";
import { earlierAlerts, exactKey } from "./similar.ts";

const lines = ["ping 10.0.0.1", "ping 10.0.0.2", "cmd /c whoami /groups", "net use \\\\10.0.0.1\\c$"] as const;

const alertArbitrary = fc
  .record({
    line: fc.constantFrom(...lines),
    parent: fc.constantFrom("C:\\a.exe", "c:\\A.EXE", "C:\\b.exe", undefined),
    userKey: fc.constantFrom("u1", "u2", undefined),
    host: fc.constantFrom("host-a", "host-b"),
  })
  .map(({ line, parent, userKey, host }) => {
    const fields = { "event.type": ["start"], "process.command_line": line, "process.parent.executable": parent };
    const known = Object.entries(fields).filter(([, value]) => value !== undefined);
    return {
      userKey,
      host,
      commandTemplate: commandTemplate(line),
      fields: Object.assign(Object.create(null), Object.fromEntries(known)),
    };
  });

it("gives alerts one key exactly if nothing but their hosts differs", async () => {
  await fc.assert(
    fc.asyncProperty(alertArbitrary, alertArbitrary, async (first, second) => {
      const [one, other] = [alert({ ...first, id: "one" }), alert({ ...second, id: "other" })];
      // As the store finds them: only alerts with the same template are compared.
      const found = [one, other].filter((each) => each.commandTemplate === one.commandTemplate);
      const alerts = { find: async () => ({ items: found, total: found.length }) } as Partial<Store["alerts"]>;
      const { items } = await earlierAlerts({ alerts: alerts as Store["alerts"] }, one);
      const isSame = items.some(({ differs }) => differs.every((difference) => difference === "host"));
      expect(exactKey(one) === exactKey(other)).toBe(isSame);
    }),
  );
});

it("gives alerts of two rules two keys", () => {
  const one: AlertRecord = alert();
  expect(exactKey(one)).not.toBe(exactKey({ ...one, rule: { ...one.rule, id: "other" } }));
});
