import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { draftSubject, processStart } from "../../../test/factories/draft-subjects.ts";
import { groupsOf } from "../../exception/condition.ts";
import { explainEntry } from "../../exception/explain.ts";
import type { DraftSubject } from "../drafting/subject.ts";
import { matching } from "./separate.ts";
import { synthesize } from "./synthesize.ts";

const numRuns = Number(process.env["STEMMA_PROPERTY_RUNS"] ?? 40);

function separation(benign: readonly DraftSubject[], malicious: readonly DraftSubject[]) {
  const outcome = synthesize(benign, malicious);
  if (outcome.kind !== "separated") {
    throw new Error(outcome.reason);
  }
  return outcome;
}

describe("the synthesis of an exception", () => {
  const start = (more: Parameters<typeof processStart>[0], fields: Record<string, string> = {}) =>
    draftSubject({ ...processStart(more), ...fields });

  it("is the draft of the benign alerts where that covers no malicious one", () => {
    const { draft, because, wider } = separation([start({})], [start({ command: "cmd.exe /c whoami & calc" })]);
    expect(draft.entries.length).toBe(because.length);
    expect(because.join()).toContain("By itself it excludes 1 of 1 malicious alerts.");
    expect(wider?.text).toBe("Without: host.name is srv-01");
  });

  it("adds what all benign alerts have and malicious ones lack", () => {
    const outcome = separation(
      [
        start({}, { "process.working_directory": "C:\\Vendor" }),
        start({ host: "srv-02" }, { "process.working_directory": "C:\\Vendor" }),
      ],
      [start({}, { "process.working_directory": "C:\\Users\\Public" })],
    );
    expect(outcome.draft.entries.map(explainEntry)).toContain("process.working_directory is C:\\Vendor");
    expect(outcome.because.at(-1)).toContain("Excludes 1 of 1 malicious alerts");
  });

  it("anchors an exception in an ancestor or in the logon session where the event says nothing", () => {
    const fields = processStart({});
    const under = (path: string, ip: string) =>
      draftSubject(fields, { ancestors: [{}, { "process.executable": path }], session: { "source.ip": ip } });
    const byAncestor = separation([under("C:\\A\\a.exe", "10.0.0.1")], [under("C:\\B\\b.exe", "10.0.0.1")]);
    expect(byAncestor.draft.entries.at(-1)).toMatchObject({ type: "ancestor", which: "any" });
    const bySession = separation([under("C:\\A\\a.exe", "10.0.0.1")], [under("C:\\A\\a.exe", "10.0.0.9")]);
    expect(bySession.draft.entries.at(-1)).toMatchObject({ type: "session" });
  });

  it("tries alerts of one activity one by one where hosts and users together would cover too much", () => {
    const outcome = separation(
      [start({ host: "srv-01", user: "svc-a" }), start({ host: "srv-02", user: "svc-b" })],
      [start({ host: "srv-01", user: "svc-b" })],
    );
    expect(groupsOf(outcome.draft).length).toBe(2);
  });

  it("names the pairs that nothing separates", () => {
    const [good, other, bad] = [start({}), start({ command: "cmd.exe /c hostname" }), start({})];
    const outcome = synthesize([good, other], [bad]);
    expect(outcome).toMatchObject({
      kind: "inseparable",
      totalPairs: 1,
      pairs: [{ benign: good.alert.id, malicious: bad.alert.id }],
    });
  });

  it("always covers all benign alerts and no malicious one, also one step narrower and wider", () => {
    const one = fc.record({
      command: fc.constantFrom("net view", "net user", "run job_00017.cmd", "run job_00018.cmd", "whoami  /all"),
      parent: fc.constantFrom("C:\\Program Files\\Vendor\\agent.exe", "C:\\Windows\\System32\\cmd.exe"),
      parentCommand: fc.constantFrom("cmd /c a.cmd", "cmd /c b.cmd"),
      host: fc.constantFrom("srv-01", "srv-02", "srv-03"),
      user: fc.constantFrom("svc-a", "svc-b"),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 6 }), fc.array(one, { maxLength: 6 }), (good, bad) => {
        const [benign, malicious] = [good.map((more) => start(more)), bad.map((more) => start(more))];
        const outcome = synthesize(benign, malicious);
        if (outcome.kind === "inseparable") {
          const alike = (id: string) =>
            JSON.stringify([...benign, ...malicious].find(({ alert }) => alert.id === id)?.fields).replaceAll(
              /0001\d/g,
              "",
            );
          for (const pair of outcome.pairs) {
            expect(alike(pair.benign)).toBe(alike(pair.malicious));
          }
          return;
        }
        for (const step of [outcome.draft, outcome.narrower, outcome.wider]) {
          const covers = step === undefined ? [] : groupsOf(step).map(matching);
          expect(malicious.some((subject) => covers.some((matches) => matches(subject)))).toBe(false);
          expect(step === undefined || benign.every((subject) => covers.some((matches) => matches(subject)))).toBe(
            true,
          );
        }
      }),
      { numRuns },
    );
  });
});
