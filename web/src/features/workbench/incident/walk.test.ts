import { describe, expect, it } from "vitest";
import { incidentQuestion } from "../../../test/fixtures/incident.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { bySubject, placeOf, processesIn, questionBeside, questionOf, subjectWords } from "./walk.ts";

const asked = (alertId: string) => ({ key: alertId, host: "srv-02", alertIds: [alertId] });
const [first, second, third] = [
  incidentQuestion("q1", { topic: "command", processes: [asked("al-1"), asked("al-2")] }),
  incidentQuestion("q2", {
    topic: "who",
    about: "session",
    subject: "CORP\\lena on srv-02",
    processes: [asked("al-2")],
  }),
  incidentQuestion("q3", { topic: "spread", processes: [asked("al-1")] }),
];
const questions = [first, second, third];

describe("the questions of an incident", () => {
  it("are found by what a step of an alert asks", () => {
    expect(questionOf(questions, "al-2", { topic: "command", about: "process" })).toBe(first);
    expect(questionOf(questions, "al-1", { topic: "who", about: "session" })).toBeUndefined();
    expect(questionOf(questions, "al-2", { topic: "who", about: "process" })).toBeUndefined();
  });

  it("are answered at the alert that is open if it asks them", () => {
    expect(placeOf(first, "al-2", playbook.steps)).toEqual({ alertId: "al-2", stepId: "command" });
    expect(placeOf(third, "al-2", playbook.steps)).toEqual(third.lead);
  });

  it("follow each other; after the last one comes the first that is left", () => {
    expect(questionBeside(questions, "q1", 1)).toBe(second);
    expect(questionBeside(questions, "q1", -1)).toBeUndefined();
    expect(questionBeside(questions, "q3", 1)).toBe(first);
    const done = questions.map((question) => ({ ...question, state: "answered" as const }));
    expect(questionBeside(done, "q3", 1)).toBeUndefined();
  });

  it("are grouped by subject in their order", () => {
    expect(bySubject(questions).map((group) => [group.subject, group.questions.length])).toEqual([
      ["cmd.exe under WmiPrvSE.exe", 2],
      ["CORP\\lena on srv-02", 1],
    ]);
  });

  it("count for all processes, for those without an answer, or for that of the alert", () => {
    const answer = {
      stepId: "command",
      value: "raises" as const,
      note: "",
      evidence: [],
      actor: "mika",
      at: "2026-03-04T09:31:00Z",
    };
    const partly = { ...first, processes: [{ ...asked("al-1"), answer }, asked("al-2"), asked("al-3")] };
    expect(processesIn(partly, "all", "al-1")).toEqual(["al-1", "al-2", "al-3"]);
    expect(processesIn(partly, "open", "al-1")).toEqual(["al-2", "al-3"]);
    expect(processesIn(partly, "own", "al-1")).toEqual(["al-1"]);
  });

  it("name what they are about, with hosts and alerts", () => {
    expect(subjectWords(first)).toBe("2 processes: cmd.exe under WmiPrvSE.exe on srv-02, 2 alerts");
    expect(subjectWords({ ...first, processes: [asked("al-1"), { ...asked("al-2"), host: "srv-05" }] })).toContain(
      "on 2 hosts",
    );
    expect(subjectWords(second)).toBe("1 process: CORP\\lena on srv-02, 1 alert");
  });
});
