import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { IncidentQuestions } from "#contracts/incident";
import { type Handlers, Refusal } from "../../../test/fake-api.ts";
import { incidentQuestion, incidentQuestions } from "../../../test/fixtures/incident.ts";
import { alertId } from "../../../test/fixtures/lineage.ts";
import { playbook } from "../../../test/fixtures/playbook.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { PlaybookPane } from "../playbook/playbook-pane.tsx";
import { WithWorkbench } from "../test-harness.tsx";

const elsewhere = incidentQuestion("q-elsewhere", {
  text: "Did the call start anything?",
  topic: "elsewhere",
  subject: "WMIC.exe under nwupd.exe",
  lead: { alertId: "al-50", stepId: "effect" },
  processes: [{ key: "wmic", name: "WMIC.exe", pid: 77, host: "ws-07", alertIds: ["al-50"] }],
});
const asked: IncidentQuestions = { ...incidentQuestions, questions: [...incidentQuestions.questions, elsewhere] };

/** Gives an answer to the processes that it was sent for, as the server does. */
function answering(): Handlers {
  let current = asked;
  return {
    incidentQuestions: () => current,
    playbook: () => ({
      ...playbook,
      steps: playbook.steps.map((step) => ({
        ...step,
        answer: current.questions.find(({ topic }) => topic === step.id)?.processes[0]?.answer,
      })),
    }),
    incidentAnswer: ({ params, body }) => {
      const { value, note = "", processes } = body;
      const answer = { stepId: "command", value, note, evidence: [], actor: "mika", at: "2026-03-04T09:40:00Z" };
      const questions = current.questions.map((question) =>
        question.id === params.question
          ? {
              ...question,
              state: processes.length < question.processes.length ? ("partly" as const) : ("answered" as const),
              processes: question.processes.map((one) => (processes.includes(one.key) ? { ...one, answer } : one)),
            }
          : question,
      );
      current = { ...current, questions };
      return current;
    },
  };
}

async function open(step = "command", handlers: Handlers = {}) {
  const page = renderPage(<WithWorkbench>{({ playbook }) => <PlaybookPane playbook={playbook} />}</WithWorkbench>, {
    api: { ...workbenchApi(), ...answering(), ...handlers },
    path: "/alerts/:id",
    at: `/alerts/${alertId}?pane=table&node=conhost&step=${step}`,
  });
  await screen.findByRole("button", { current: "step" });
  await screen.findByText(/^For/);
  return page;
}

describe("an answer to a question that several alerts share", () => {
  it("says for what it counts, and lists the processes on request", async () => {
    const { user } = await open();
    const line = screen.getByRole("button", {
      name: /^For 2 processes: cmd.exe under WmiPrvSE.exe on 2 hosts, 3 alerts/,
    });
    await user.click(line);
    const list = within(screen.getByRole("list", { name: "Processes of the question" })).getAllByRole("listitem");
    expect(list.map((item) => item.textContent)).toEqual([
      expect.stringContaining("cmd.exe 2828 on srv-02 this alert"),
      expect.stringContaining("cmd.exe /c dir"),
    ]);
  });

  it("is sent for the processes that are shown, and then shown as given for them", async () => {
    const { user, api } = await open();
    await user.keyboard("1");
    expect(await screen.findByText(/Answered for 2 processes by mika/)).toBeDefined();
    expect(api.calls("incidentAnswer")).toMatchObject([
      { params: { key: "wininit", question: "q-command" }, body: { value: "raises", processes: ["cmd", "cmd-5"] } },
    ]);
    expect(api.calls("answer")).toEqual([]);
  });

  it("counts only for the process of the alert by choice, for this question alone", async () => {
    const { user, api } = await open();
    await user.keyboard("w");
    expect(screen.getByText(/^For/).textContent).toBe("For 1 process: cmd.exe under WmiPrvSE.exe on srv-02, 2 alerts");
    await user.keyboard("2");
    expect(await screen.findByText(/Saved by mika/)).toBeDefined();
    expect(api.calls("incidentAnswer")[0]?.body.processes).toEqual(["cmd"]);
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Without answer: 1" })).toBeDefined();
    await user.keyboard("]");
    expect(await screen.findByRole<HTMLInputElement>("radio", { name: "All 2", checked: true })).toBeDefined();
  });

  it("is refused when somebody else has answered meanwhile, and keeps the draft", async () => {
    const changed = {
      at: "2026-03-04T15:54:01.273Z",
      actor: "Otto",
      action: "incident.answer",
      fields: [
        { field: "value", after: "raises" },
        { field: "note", after: "saw wmiexec" },
        { field: "processes", after: 2 },
      ],
    };
    const conflict = { changed: [changed], total: 1, current: '"8-bbbbbbbb"' };
    const { user, fill, api } = await open("command", {
      incidentAnswer: () => new Refusal(409, "Otto changed this.", { code: "request.conflict", conflict }),
    });
    const note = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Note" });
    fill(note, "seen before");
    await user.click(screen.getByRole("button", { name: /^lowers/ }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("Otto answered raises concern");
    expect(note.value).toBe("seen before");
    api.use(answering());
    await user.click(screen.getByRole("button", { name: "Replace with mine" }));
    expect(await screen.findByText(/Answered for 2 processes by mika/)).toBeDefined();
  });
});

describe("the questions of the incident", () => {
  const tab = async (user: Awaited<ReturnType<typeof open>>["user"]) => {
    await user.click(screen.getByRole("tab", { name: "Incident 4 of 7 left" }));
    return screen.findByRole("region", { name: "cmd.exe under WmiPrvSE.exe" });
  };

  it("are listed by subject with their answers, the open one marked", async () => {
    const { user } = await open();
    const group = await tab(user);
    const rows = within(group).getAllByRole("button");
    expect(rows).toHaveLength(7);
    expect(rows[0]?.textContent).toContain("raises");
    expect(within(group).getByRole("button", { current: "step" }).textContent).toContain("What does the captured");
    expect(screen.getByRole("region", { name: "WMIC.exe under nwupd.exe" })).toBeDefined();
  });

  it("open at their step, here or at another alert, and keep the view", async () => {
    const { user, address } = await open();
    await user.click(within(await tab(user)).getByRole("button", { name: /What else ran below/ }));
    expect((await screen.findByRole("button", { current: "step" })).textContent).toContain("What else ran below");
    await tab(user);
    await user.click(screen.getByRole("button", { name: /Did the call start anything/ }));
    await waitFor(() => expect(address()).toBe("/alerts/al-50?pane=table&step=effect"));
  });

  it("are walked through by key, past the last step of an alert", async () => {
    const { user, address } = await open("agreement");
    await user.keyboard("1");
    await user.keyboard("]");
    await waitFor(() => expect(address()).toContain("/alerts/al-50"));
  });

  it("are not left while an answer was refused", async () => {
    const { user, address } = await open("agreement", { incidentAnswer: () => new Refusal(503, "Down.") });
    await user.keyboard("1]");
    expect((await screen.findByRole("alert")).textContent).toContain("Down.");
    expect(address()).toContain(`/alerts/${alertId}`);
  });
});
