import { expect, it } from "vitest";
import { alert } from "../../../test/factories/alerts.ts";
import { alertDocument } from "../../alert/document.ts";
import { and, equals, wildcard } from "../../condition/tree.ts";
import { type AlertIndexes, prefilterAlerts } from "./prefilter.ts";
import { subjectOf } from "./subjects.ts";
import { indexedValues } from "./values.ts";

/** More alerts of one program than are read one by one, each with its own process, on two hosts. */
const documents = Array.from({ length: 1_010 }, (_, index) =>
  alertDocument(
    alert({
      id: `alert-${index}`,
      fields: {
        "process.name": "common.exe",
        "process.pid": index,
        "process.parent.pid": index % 5,
        "host.name": `pc-${index % 2}`,
      },
    }),
  ),
);
const indexes: AlertIndexes<string> = {
  async withValues(values, limit) {
    const ids = documents.flatMap((document, index) =>
      values.some((value) => indexedValues(document).has(value)) ? [`alert-${index}`] : [],
    );
    return ids.slice(0, limit);
  },
  async subjects() {
    return [...new Set(documents.map((document) => subjectOf(document).body))].map((body) => ({ id: body, body }));
  },
};
const signal = equals("event.kind", "signal");
const common = equals("process.name", "common.exe");
const rare = equals("process.pid", 7);
const host = equals("host.name", "pc-1");

it("reads only the alerts with a rare value, and does not use a common one", async () => {
  const candidates = { kind: "alerts", ids: ["alert-7"] };
  expect(await prefilterAlerts(and(common, rare), indexes)).toEqual({ candidates, remaining: and(common, rare) });
  expect(await prefilterAlerts(common, indexes)).toEqual({ candidates: { kind: "all" }, remaining: common });
});

it("uses the rarest of several values, whatever their order", async () => {
  const some = equals("process.parent.pid", 3);
  for (const condition of [and(some, rare), and(rare, some)]) {
    expect((await prefilterAlerts(condition, indexes)).candidates).toEqual({ kind: "alerts", ids: ["alert-7"] });
  }
});

it("reads only the alerts with both the value and a matching subject", async () => {
  const { candidates } = await prefilterAlerts(and(host, equals("process.parent.pid", 3)), indexes);
  expect(candidates).toMatchObject({ kind: "alerts", subjects: ['{"host.name":"pc-1"}'] });
  expect(candidates.kind === "alerts" && candidates.ids).toHaveLength(202);
});

it("decides conditions on host and user by subjects, with nothing remaining unless there is another condition", async () => {
  const candidates = { kind: "subjects", ids: ['{"host.name":"pc-1"}'] };
  expect(await prefilterAlerts(and(signal, host), indexes)).toEqual({ candidates, remaining: undefined });
  const more = and(signal, host, wildcard("process.command_line", "*-enc*"));
  expect(await prefilterAlerts(more, indexes)).toEqual({ candidates, remaining: more });
});

it("reads all alerts without a condition, or with one that is always true", async () => {
  const all = { candidates: { kind: "all" }, remaining: undefined };
  expect(await prefilterAlerts(signal, indexes)).toEqual(all);
  expect(await prefilterAlerts(undefined, indexes)).toEqual(all);
});
