import { expect, it } from "vitest";
import { alert } from "../../../test/factories/alerts.ts";
import { alertDocument } from "../../alert/document.ts";
import { and, equals, wildcard } from "../../condition/tree.ts";
import { type AlertIndexes, prefilterAlerts } from "./prefilter.ts";
import { subjectOf } from "./subjects.ts";
import { indexedValues } from "./values.ts";

/** More alerts of one program than are read one by one; each process and each second host stands for itself. */
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
  async saying(values, most) {
    const said = documents.flatMap((document, index) =>
      values.some((value) => indexedValues(document).has(value)) ? [`alert-${index}`] : [],
    );
    return said.slice(0, most);
  },
  async subjects() {
    return [...new Set(documents.map((document) => subjectOf(document).body))].map((body) => ({ id: body, body }));
  },
};
const signal = equals("event.kind", "signal");
const common = equals("process.name", "common.exe");
const rare = equals("process.pid", 7);
const host = equals("host.name", "pc-1");

it("a value that few alerts say leads to these alone; one that many say does not", async () => {
  const places = { kind: "alerts", ids: ["alert-7"] };
  expect(await prefilterAlerts(and(common, rare), indexes)).toEqual({ places, left: and(common, rare) });
  expect(await prefilterAlerts(common, indexes)).toEqual({ places: { kind: "everywhere" }, left: common });
});

it("of several values that lead to few, the one that leads to the fewest is taken, wherever it stands", async () => {
  const some = equals("process.parent.pid", 3);
  for (const condition of [and(some, rare), and(rare, some)]) {
    expect((await prefilterAlerts(condition, indexes)).places).toEqual({ kind: "alerts", ids: ["alert-7"] });
  }
});

it("of the alerts that a value leads to, only those of the subjects are read that are asked for", async () => {
  const { places } = await prefilterAlerts(and(host, equals("process.parent.pid", 3)), indexes);
  expect(places).toMatchObject({ kind: "alerts", subjects: ['{"host.name":"pc-1"}'] });
  expect(places.kind === "alerts" && places.ids).toHaveLength(202);
});

it("where and whose lead through subjects, and leave nothing to ask where nothing else is asked", async () => {
  const places = { kind: "subjects", ids: ['{"host.name":"pc-1"}'] };
  expect(await prefilterAlerts(and(signal, host), indexes)).toEqual({ places, left: undefined });
  const more = and(signal, host, wildcard("process.command_line", "*-enc*"));
  expect(await prefilterAlerts(more, indexes)).toEqual({ places, left: more });
});

it("what holds for every alert, or no condition at all, leads everywhere", async () => {
  const everywhere = { places: { kind: "everywhere" }, left: undefined };
  expect(await prefilterAlerts(signal, indexes)).toEqual(everywhere);
  expect(await prefilterAlerts(undefined, indexes)).toEqual(everywhere);
});
