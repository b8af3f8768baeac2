import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { LogonSession } from "#contracts/lineage";
import type { HostPage as Host, LogonEvent, SessionPage as Session, UserPage as User } from "#contracts/pivot";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { lena, processNode, sourceRef } from "../../test/fixtures/lineage.ts";
import { renderPage } from "../../test/render-page.tsx";
import { HostPage } from "./host.tsx";
import { SessionPage } from "./session.tsx";
import { UserPage } from "./user.tsx";

const time = "2026-03-04T09:12:07.000Z";
const session: LogonSession = {
  key: "session-1",
  host: "srv-02",
  logonId: "0x1d313d",
  user: lena,
  logonType: 3,
  logonTypeName: "Network",
  authenticationPackage: "NTLM",
  sourceHost: "WS-07",
  opened: time,
  service: false,
  privileged: true,
  processCount: 1204,
};
const logon: LogonEvent = {
  id: "logon-1",
  time,
  kind: "explicit",
  host: "srv-02",
  user: lena,
  targetUser: { name: "svc-backup", domain: "CORP" },
  targetHost: "srv-05",
  source: sourceRef("logon-1", time, { code: "4648" }),
};
const lists = {
  alerts: { items: [alertSummary], total: 1204, truncationReason: "newest 1,000 only" },
  logons: { items: [logon], total: 1 },
  sessions: { items: [session], total: 1 },
  processes: { items: [processNode("cmd", "cmd.exe", 2828, { start: time })], total: 1 },
  risk: { total: 73, points: [] },
  span: { from: time, to: time },
};
const counts = { processes: lists.processes, alerts: lists.alerts, openAlerts: 1203 };
const host: Host = {
  ...lists,
  ...counts,
  host: "srv-02",
  events: 156_986,
  spellings: [
    {
      key: "win-1q2w3e",
      why: "The host was renamed from this to srv-02 (System 6011, record 7 of 2026-03-04 09:12:07 UTC).",
      evidence: [sourceRef("rename-1", time, { code: "6011", recordId: "7" })],
    },
  ],
  coverage: [{ host: "srv-02", source: "sysmon", from: time, to: time, events: 156_986 }],
  users: [{ key: "corp\\adm-lena", account: lena, processes: 3, successfulLogons: 2, failedLogons: 0 }],
};
const user: User = {
  ...lists,
  ...counts,
  key: "corp\\adm-lena",
  account: lena,
  hosts: ["srv-02", "srv-05"],
  successfulLogons: 2,
  failedLogons: 40,
  spellings: [
    {
      key: "corp.example\\adm-lena",
      why: "The same SID as corp\\adm-lena.",
      evidence: [sourceRef("logon-1", time, { code: "4624", recordId: "1000" })],
    },
  ],
  logonCounts: {
    items: [
      { host: "srv-05", outcome: "failed", logonType: 3, source: "10.0.0.9", count: 1204, first: time, last: time },
    ],
    total: 1,
  },
};
const sessionPage: Session = {
  session,
  processes: lists.processes,
  alerts: lists.alerts,
  outboundLogons: [
    { logon, session: { ...session, key: "session-2", host: "srv-05", logonId: "0x2f" } },
    { logon: { ...logon, id: "logon-2", targetHost: "srv-09" } },
  ],
  outboundLogonNotes: ["Only the first 100 outbound logons were followed."],
  siblings: [],
};

const facts = async () =>
  (await screen.findAllByRole("term")).map((term) => `${term.textContent}: ${term.nextSibling?.textContent}`);

describe("the page of a host", () => {
  const open = (handlers: Handlers = {}) =>
    renderPage(<HostPage />, { path: "/hosts/:key", at: "/hosts/srv-02", api: { host: () => host, ...handlers } });

  it("shows its counts, users and data coverage", async () => {
    open();
    await screen.findByRole("heading", { level: 1, name: "srv-02" });
    expect(await facts()).toEqual(expect.arrayContaining(["Open alerts: 1,203", "Risk: 73", "Events: 156,986"]));
    expect(within(screen.getByRole("table", { name: "Users of the host" })).getByText("CORP\\adm-lena")).toBeDefined();
    expect(screen.getByRole("table", { name: "Coverage" }).textContent).toContain("Sysmon");
  });

  it("lists each other name of the host with the evidence of its tie", async () => {
    open();
    const names = within(await screen.findByRole("table", { name: "Other names" }));
    const [, row] = names.getAllByRole("row");
    expect(row?.textContent).toContain("win-1q2w3e");
    expect(row?.textContent).toContain("renamed from this to srv-02 (System 6011, record 7");
    expect(row?.textContent).toContain("6011 #7");
  });

  it("has no list of other names for a host with one name", async () => {
    open({ host: () => ({ ...host, spellings: [] }) });
    await screen.findByRole("heading", { level: 1, name: "srv-02" });
    expect(screen.queryByRole("table", { name: "Other names" })).toBeNull();
  });

  it("shows why a list is truncated", async () => {
    open();
    expect(await screen.findByText("1 of 1,204: newest 1,000 only")).toBeDefined();
  });

  it("offers all hosts when there is no such host", async () => {
    open({ host: () => new Refusal(404, "No event names this host.") });
    await screen.findByText("No event names this host.");
    expect(screen.getByRole("link", { name: "All hosts" })).toBeDefined();
  });
});

describe("the page of a user", () => {
  it("shows the hosts, the SID and the sessions of the account", async () => {
    renderPage(<UserPage />, { path: "/users/:key", at: "/users/corp%5Cadm-lena", api: { user: () => user } });
    await screen.findByRole("heading", { level: 1, name: "CORP\\adm-lena" });
    expect(await facts()).toEqual(expect.arrayContaining(["Hosts: srv-02, srv-05", `SID: ${lena.id}`]));
    const row = within(screen.getByRole("table", { name: "Logon sessions" })).getAllByRole("row")[1];
    expect(row?.textContent).toContain("Network (3), NTLM");
    expect(row?.textContent).toContain("1,204");
  });
});

describe("the page of a logon session", () => {
  const open = (data: Session = sessionPage) =>
    renderPage(<SessionPage />, { path: "/sessions/:key", at: "/sessions/session-1", api: { session: () => data } });
  const chain = async () =>
    within(await screen.findByRole("list", { name: "From the opening logon to outbound logons" }));

  it("follows outbound logons to the sessions that they opened", async () => {
    open();
    const links = await chain();
    expect(links.getByRole("link", { name: "Session 0x2f on srv-05" }).getAttribute("href")).toBe(
      "/sessions/session-2",
    );
    expect(links.getByText("No matching network logon stored for that host")).toBeDefined();
    expect(screen.getByText("Only the first 100 outbound logons were followed.")).toBeDefined();
  });

  it("shows why the opening logon is unknown", async () => {
    open({ ...sessionPage, openedByUnknown: "The Security log of srv-02 starts after the logon." });
    const links = await chain();
    expect(links.getByText("No logon record")).toBeDefined();
    expect(links.getByText("The Security log of srv-02 starts after the logon.")).toBeDefined();
  });

  it("leads to the other half of a split token, and lists what ran there", async () => {
    const linked = { ...session, key: "session-3", logonId: "0x1d3155", linkedLogonId: "0x1d313d", elevated: false };
    open({
      ...sessionPage,
      session: { ...session, linkedLogonId: "0x1d3155", elevated: true },
      linked: { session: linked, processes: lists.processes, alerts: { items: [], total: 0 } },
    });
    expect(await facts()).toEqual(
      expect.arrayContaining([
        "Token: elevated",
        "Linked session: 0x1d3155, the filtered half of the same logon, 1 process",
      ]),
    );
    expect(screen.getByRole("link", { name: "0x1d3155" }).getAttribute("href")).toBe("/sessions/session-3");
    expect(screen.getByRole("table", { name: "Processes in the linked session 0x1d3155" })).toBeDefined();
    expect(screen.getByText("No alerts in the linked session.")).toBeDefined();
  });

  it("says why the other half is not shown, and when the logon id went to another session", async () => {
    open({ ...sessionPage, session: { ...session, until: time }, linkedUnknown: "No record of that session." });
    const found = await facts();
    expect(found).toContain("Linked session: No record of that session.");
    expect(found.some((fact) => fact.startsWith("Logon id used again: "))).toBe(true);
  });

  it("explains that there are no outbound logons", async () => {
    open({ ...sessionPage, outboundLogons: [], outboundLogonNotes: [] });
    expect(await screen.findByText(/^No outbound logons recorded/)).toBeDefined();
  });
});
