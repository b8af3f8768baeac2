import { screen, within } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import type { LogonLink } from "#contracts/lineage";
import type { Handlers } from "../../../test/fake-api.ts";
import { lena, neighbourhood, processNode, session } from "../../../test/fixtures/lineage.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { WithLineage } from "../test-harness.tsx";
import { SessionLinks } from "./session-links.tsx";

const link = (from: LogonLink["from"], to: LogonLink["to"], rest: Partial<LogonLink> = {}): LogonLink => ({
  from,
  to,
  time: "2026-03-04T09:12:01Z",
  basis: "connection",
  certainty: "exact",
  why: "Address and port agree.",
  evidence: [],
  ...rest,
});
const wmic = processNode("wmic", "WMIC.exe", 4242, { host: "ws-07" });
const inbound = link({ host: "ws-07", processKey: "wmic" }, { host: "srv-02", sessionKey: session.key });
const outbound = link(
  { host: "srv-02", sessionKey: session.key, processKey: "net1" },
  { host: "dc-01", sessionKey: "dc-01|0x77" },
  { user: lena, certainty: "inferred" },
);

function open(links: readonly LogonLink[], handlers: Handlers = {}) {
  const select = vi.fn();
  const page = renderPage(
    <WithLineage>
      {(lineage) =>
        lineage.graph !== undefined && (
          <>
            <SessionLinks sessionKey={session.key} lineage={lineage} select={select} />
            {lineage.failure?.message}
            <p>loaded</p>
          </>
        )
      }
    </WithLineage>,
    {
      api: {
        ...workbenchApi(),
        lineage: () => ({ ...neighbourhood, nodes: [...neighbourhood.nodes, wmic], links: [...links] }),
        ...handlers,
      },
    },
  );
  return { ...page, select };
}

describe("the logons across hosts", () => {
  it("lead to the process that opened the session", async () => {
    const { user, select } = open([inbound]);
    await user.click(await screen.findByRole("button", { name: "WMIC.exe 4242 on ws-07" }));
    expect(select).toHaveBeenCalledWith("wmic");
    expect(screen.getByText("exact: matched by address and port")).toBeDefined();
  });

  it("list the possible origins of an ambiguous logon", async () => {
    const candidates = [{ host: "ws-07", processKey: "wmic" }, { host: "ws-08" }];
    open([{ ...inbound, from: { host: "ws-07" }, certainty: "ambiguous", candidates }]);
    const list = await screen.findByRole("list", { name: "Possible origins" });
    expect(
      within(list)
        .getAllByRole("listitem")
        .map((item) => item.textContent),
    ).toEqual(["WMIC.exe 4242 on ws-07", "ws-08"]);
  });

  it("lead to the first process of a session on another host, and report that there is none", async () => {
    const none = { items: [], total: 0 };
    const opened = { ...session, key: "dc-01|0x77", host: "dc-01" };
    const { user } = open([outbound], {
      session: () => ({ session: opened, processes: none, alerts: none, outboundLogons: [], siblings: [] }),
    });
    const list = await screen.findByRole("list", { name: "Outbound logons" });
    expect(list.textContent).toContain("Logon to dc-01 as CORP\\adm-lena");
    expect(list.textContent).toContain("inferred: one possible session");
    await user.click(within(list).getByRole("button", { name: "Load its first process" }));
    expect(await screen.findByText(/No process of this session was recorded on dc-01/)).toBeDefined();
  });

  it("are left out when there are none", async () => {
    open([]);
    await screen.findByText("loaded");
    expect(screen.queryByText("Logons across hosts")).toBeNull();
  });
});
