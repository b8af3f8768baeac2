import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { FindResult, FoundItem } from "#contracts/find";
import { type Handlers, Refusal } from "../test/fake-api.ts";
import { peopleApi } from "../test/fixtures/people.ts";
import { me } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { Shell } from "./shell.tsx";

const alert: FoundItem = {
  kind: "alert",
  id: "a/1",
  label: "Command shell of WMI",
  detail: "srv-02 · CORP\\lena",
  matched: { what: "Command line", text: `cmd.exe /c ${"x".repeat(300)} whoami \u202e/all` },
  severity: "high",
  time: "2026-03-04T09:12:07.000Z",
};
const result: FindResult = {
  groups: [
    { kind: "alert", items: [alert], note: "The texts of 100,000 of 120,000 alerts were searched." },
    { kind: "process", items: [{ kind: "process", id: "whoami.exe", label: "whoami.exe" }], total: 7 },
  ],
  milliseconds: 3,
};
const none: FindResult = { groups: [], milliseconds: 1 };

const open = (handlers: Handlers = {}) => {
  const page = renderPage(
    <>
      <Shell />
      <input aria-label="Note" />
    </>,
    {
      path: "/hosts",
      at: "/hosts",
      api: { ...peopleApi, me: () => me, proposals: () => ({ items: [], total: 0 }), find: () => result, ...handlers },
    },
  );
  const field = () => screen.getByRole<HTMLInputElement>("combobox", { name: "Find anything or run a command" });
  const options = () => screen.queryAllByRole("option").map((option) => option.textContent);
  const group = async (name: string) => within(await screen.findByRole("group", { name }));
  return { ...page, field, options, group };
};

describe("the search of the top bar", () => {
  it("has the focus by / and by Ctrl K, and / is typed in other fields", async () => {
    const { user, field } = open();
    await screen.findByText("mika");
    await user.keyboard("/");
    expect(document.activeElement).toBe(field());
    expect(field().value).toBe("");
    const note = screen.getByRole<HTMLInputElement>("textbox", { name: "Note" });
    await user.click(note);
    await user.keyboard("a/b");
    expect(note.value).toBe("a/b");
    await user.keyboard("{Control>}k{/Control}");
    expect(document.activeElement).toBe(field());
    await user.keyboard("{Escape}");
    expect(document.activeElement).toBe(note);
  });

  it("offers all commands before anything is typed, and runs them", async () => {
    const { user, options, address } = open();
    await screen.findByText("mika");
    await user.keyboard("/");
    expect(options().some((text) => text?.includes("Keyboard help"))).toBe(true);
    await user.keyboard("go to rules{Enter}");
    await waitFor(() => expect(address()).toBe("/rules"));
  });

  it("lists what was found by kind, with the reason, what is left out, and where events are searched", async () => {
    const { user, api, group } = open();
    await screen.findByText("mika");
    await user.keyboard("/whoami");
    const alerts = await group("Alerts");
    const [option] = alerts.getAllByRole("option");
    expect(option?.textContent).toContain("Command shell of WMI");
    expect(option?.textContent).toContain("whoami U+202E/all");
    expect([...(option?.querySelectorAll("mark") ?? [])].map(({ textContent }) => textContent)).toEqual(["whoami"]);
    expect(alerts.getByText(/the latest 1, there are more · The texts of 100,000 of 120,000/)).toBeDefined();
    expect((await group("Programs")).getByText("1 of 7")).toBeDefined();
    expect((await group("Search on")).getAllByRole("option").map(({ textContent }) => textContent)).toEqual([
      "Show alerts with “whoami” in the queue",
      "Search events for “whoami”",
    ]);
    expect(api.calls("find").at(-1)?.query.get("q")).toBe("whoami");
  });

  it("is operated by arrows and Enter, and tells which option is chosen", async () => {
    const { user, field, address, group } = open();
    await screen.findByText("mika");
    await user.keyboard("/whoami");
    await group("Alerts");
    const active = () => document.getElementById(field().getAttribute("aria-activedescendant") ?? "")?.textContent;
    expect(active()).toContain("Command shell of WMI");
    await user.keyboard("{ArrowDown}");
    expect(active()).toContain("whoami.exe");
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(active()).toContain("Search events");
    const ids = screen.getAllByRole("option").map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => /\s/.test(id))).toEqual([]);
    await user.keyboard("{ArrowDown}{Enter}");
    await waitFor(() => expect(address()).toBe("/alerts/a%2F1"));
    expect(screen.queryByRole("listbox")).toBeNull();
  });

  it("waits for the answer when Enter comes before it", async () => {
    const { user, api, address } = open();
    await screen.findByText("mika");
    const resume = api.pause("find");
    await user.keyboard("/whoami{Enter}");
    expect(address()).toBe("/hosts");
    resume();
    await waitFor(() => expect(address()).toBe("/alerts/a%2F1"));
  });

  it("opens by a click, and offers it again as recent", async () => {
    const { user, address, group } = open();
    await screen.findByText("mika");
    await user.keyboard("/whoami");
    await user.click((await (await group("Programs")).findAllByRole("option"))[0] as HTMLElement);
    await waitFor(() => expect(decodeURIComponent(address())).toContain('process.name : "whoami.exe"'));
  });

  it("keeps what was opened lately for the same person, and survives a damaged list", async () => {
    const key = `stemma.recent.${me.person ?? me.analyst}`;
    localStorage.setItem(key, JSON.stringify([{ kind: "host", id: "ws-07", label: "ws-07" }]));
    const { user, group, address } = open();
    await screen.findByText("mika");
    await user.keyboard("/");
    expect((await group("Recent")).getByRole("option").textContent).toContain("ws-07");
    await user.keyboard("{Enter}");
    await waitFor(() => expect(address()).toBe("/hosts/ws-07"));
    localStorage.setItem(key, "{");
  });

  it("says that nothing was found, and what is not searched", async () => {
    const { user } = open({ find: () => none });
    await screen.findByText("mika");
    await user.keyboard("/zzz");
    expect((await screen.findByRole("status")).textContent).toContain("Events are searched in Hunt");
  });

  it("keeps commands when the server fails, and asks again", async () => {
    const { user, api, group } = open({ find: () => new Refusal(503, "The store does not answer.") });
    await screen.findByText("mika");
    await user.keyboard("/rules");
    expect((await screen.findByRole("alert")).textContent).toContain("the server did not answer");
    expect((await group("Commands and pages")).getByRole("option").textContent).toContain("Go to Rules");
    api.use({ find: () => result });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await group("Alerts");
  });
});
