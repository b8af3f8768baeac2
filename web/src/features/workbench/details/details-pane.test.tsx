import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { AlertDetail } from "#contracts/alert";
import type { Handlers } from "../../../test/fake-api.ts";
import { Refusal } from "../../../test/fake-api.ts";
import { alertDetail } from "../../../test/fixtures/alert.ts";
import { at, neighbourhood, processNode, sourceRef } from "../../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithLineage } from "../test-harness.tsx";
import { DetailsPane } from "./details-pane.tsx";

function open(
  selected: string | undefined,
  { alert = alertDetail, malicious = false, api = {} as Handlers } = {} as {
    readonly alert?: AlertDetail;
    readonly malicious?: boolean;
    readonly api?: Handlers;
  },
) {
  const select = vi.fn();
  const page = renderPage(
    <WithLineage>
      {(lineage) => (
        <DetailsPane alert={alert} malicious={malicious} lineage={lineage} selected={selected} select={select} />
      )}
    </WithLineage>,
    { api: { ...workbenchApi(), ...api } },
  );
  return { ...page, select };
}
const title = (name: string | RegExp) => screen.findByRole("heading", { level: 2, name });
/** The value of a fact. */
const fact = (term: string) => screen.getAllByText(term, { selector: "dt" })[0]?.nextElementSibling?.textContent;
const sections = () => screen.getAllByRole("heading", { level: 3 }).map((heading) => heading.textContent);

describe("the details of the alert process", () => {
  it("begin with the conditions of the rule and the values that matched", async () => {
    open("cmd");
    await title(/cmd\.exe/);
    expect(sections().slice(0, 2)).toEqual(["Why the rule firedOpen rule", "Similar alerts"]);
    const conditions = screen.getAllByRole("listitem").filter((item) => within(item).queryByRole("img"));
    expect(conditions.map((item) => within(item).getByRole("img").getAttribute("aria-label"))).toEqual([
      "matched",
      "matched",
      "matched",
      "matched",
      "not matched",
    ]);
    expect(conditions[1]?.textContent).toContain("WmiPrvSE.exe");
  });

  it("summarize similar alerts and how they were closed", async () => {
    open("cmd");
    await title(/cmd\.exe/);
    expect(
      screen.getByText(
        "6 alerts of this rule with this command-line template on 3 hosts, 1 user: 2 closed as true positive, 1 escalated.",
      ),
    ).toBeDefined();
    expect(screen.getByText("Other alerts: 3 in this incident, 4 on this host, 3 of this user.")).toBeDefined();
  });

  it("say that an alert is the first of its kind", async () => {
    const similar = { ...alertDetail.similar, total: 1 };
    open("cmd", { alert: { ...alertDetail, similar } });
    expect(await screen.findByText("First alert of this rule with this command-line template.")).toBeDefined();
  });

  it("show the facts of the process and its logon session", async () => {
    open("cmd");
    await title(/cmd\.exe/);
    expect(fact("Integrity level")).toBe("High");
    expect(fact("Ended")).toBe("2026-03-04 09:12:11.900 (ran 4.5 s)");
    expect(fact("Logon type")).toBe("network, NTLM, from WS-07");
    expect(fact("Opened by")).toBe("4624 #245070 from 192.0.2.37");
    expect(screen.getByRole("link", { name: "Open logon session" }).getAttribute("href")).toBe(
      "/sessions/srv-02%7C0x1d313d",
    );
  });

  it("open related processes at once when the alert was found malicious", async () => {
    const { api } = open("cmd", { malicious: true });
    expect(await screen.findByRole("list", { name: "Related processes without alerts" })).toBeDefined();
    expect(api.calls("relatedProcesses")).toHaveLength(1);
    expect(api.calls("comparison")).toHaveLength(0);
  });
});

describe("the details of another process", () => {
  it("link its alerts and lead back to the alert process", async () => {
    const { user, select } = open("whoami");
    await title(/whoami\.exe/);
    expect(screen.getByRole("link", { name: "Account discovery by whoami" }).getAttribute("href")).toBe(
      "/alerts/al-12",
    );
    expect(screen.queryByText("Why the rule fired")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Back to the alert process" }));
    expect(select).toHaveBeenCalledWith("cmd");
  });

  it("show both times of a process whose record has two, and the other half of its logon", async () => {
    const own = neighbourhood.nodes.find(({ key }) => key === "cmd");
    const session = neighbourhood.sessions.find(({ key }) => key === own?.sessionKey);
    const linked = { key: "linked", logonId: "0x9", linkedLogonId: "0x8", elevated: true, processCount: 3 };
    open("cmd", {
      api: {
        lineage: () => ({
          ...neighbourhood,
          nodes: neighbourhood.nodes.map((node) =>
            node === own ? { ...node, startBySourceClock: "2026-02-27T09:00:00.000Z" } : node,
          ),
          sessions: neighbourhood.sessions
            .map((one) => (one === session ? { ...one, linkedLogonId: "0x9", linkedKey: "linked" } : one))
            .concat(session === undefined ? [] : [{ ...session, ...linked }]),
        }),
      },
    });
    await title(/cmd\.exe/);
    expect(fact("By its own clock")).toContain("The record has two times");
    expect(fact("Linked session")).toBe("0x9, the elevated half of the same logon, 3 processes");
  });

  it("say what is not recorded", async () => {
    open("ghost");
    await title(/explorer\.exe/);
    expect(fact("Started")).toBe("not recorded; inferred from children or activity");
    expect(
      screen.getByText("No record of this process. It is inferred from records of other processes."),
    ).toBeDefined();
  });

  it("are loaded when the lineage does not contain the process", async () => {
    const stranger = processNode("stranger", "stranger.exe", 7);
    const { api } = open("stranger", { api: { process: () => stranger } });
    expect(await title(/stranger\.exe/)).toBeDefined();
    expect(api.calls("process")[0]?.params).toEqual({ key: "stranger" });
  });

  it("explain that the process cannot be loaded", async () => {
    open("stranger", { api: { process: () => new Refusal(404, "There is no process stranger.") } });
    expect((await screen.findByRole("alert")).textContent).toContain("There is no process stranger.");
  });
});

describe("the details of an alert without a process", () => {
  it("show the rule and the source records", async () => {
    open(undefined, {
      alert: { ...alertDetail, process: {}, path: [] },
      api: { lineage: () => ({ ...neighbourhood, focus: "", nodes: [], sessions: [] }) },
    });
    expect(await title("Alert")).toBeDefined();
    expect(screen.getByText("No process recorded for this alert")).toBeDefined();
    expect(screen.getByText("Why the rule fired")).toBeDefined();
    expect(screen.getByText("Sysmon 1")).toBeDefined();
  });
});

describe("what is encoded", () => {
  const decode: Handlers["decode"] = ({ body }) => ({
    decodings: [{ steps: ["base64", "utf-16le"], text: `decoded: ${body.text}`, cut: false }],
    undecoded: [],
  });

  it("in the command line of a process stands below it", async () => {
    open("whoami", { api: { decode } });
    await title(/whoami\.exe/);
    expect((await screen.findByRole("group", { name: "Decoded" })).textContent).toContain("decoded: ");
  });

  it("in the script block of an alert stands with why the rule fired", async () => {
    const fields = { ...alertDetail.fields, "powershell.file.script_block_text": "IEX ('a'+'b')" };
    open("cmd", { alert: { ...alertDetail, fields }, api: { decode } });
    const region = await screen.findByRole("group", { name: "Decoded from the script block" });
    expect(region.textContent).toContain("decoded: IEX ('a'+'b')");
    expect(screen.queryByRole("group", { name: "Decoded from the command line" })).toBeNull();
  });

  it("in a record stands with its original content", async () => {
    const { user } = open("whoami", {
      api: {
        decode,
        rawEvent: () => ({ source: sourceRef("ev-whoami", at(7.9)), record: { EventID: 4104 } }),
        event: ({ params }) => ({
          id: params.id,
          time: at(7.9),
          fields: { "powershell.file.script_block_text": "IEX ('c'+'d')" },
          source: sourceRef("ev-whoami", at(7.9)),
        }),
      },
    });
    await title(/whoami\.exe/);
    await user.click(screen.getByText("Sysmon 1"));
    const region = await screen.findByRole("group", { name: "Decoded from the script block" });
    expect(region.textContent).toContain("decoded: IEX ('c'+'d')");
  });
});

describe("source records and activity", () => {
  it("load the original record on demand", async () => {
    const { user, api } = open("whoami", {
      api: {
        rawEvent: () => ({ source: sourceRef("ev-whoami", at(7.9)), record: { EventID: 1, Image: "whoami.exe" } }),
      },
    });
    await title(/whoami\.exe/);
    expect(api.calls("rawEvent")).toHaveLength(0);
    await user.click(screen.getByText("Sysmon 1"));
    expect(await screen.findByText(/EventID/)).toBeDefined();
    expect(api.calls("rawEvent")[0]?.params).toEqual({ id: "ev-whoami" });
  });

  it("list the events of one kind", async () => {
    const { user, api } = open("cmd");
    await title(/cmd\.exe/);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "0 registry" }).disabled).toBe(true);
    await user.click(screen.getByRole("button", { name: "3 file" }));
    expect(await screen.findByText("3 of 3")).toBeDefined();
    expect(api.calls("processEvents")[0]?.query.get("kind")).toBe("file");
  });

  it("say that a process has no events", async () => {
    open("whoami");
    expect(
      await screen.findByText("No network, file, registry or other events of this process were ingested."),
    ).toBeDefined();
  });
});
