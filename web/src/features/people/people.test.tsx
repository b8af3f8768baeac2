import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { RouteResponse } from "#contracts/api";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { people, peopleApi, robin, serviceTokens, sessions } from "../../test/fixtures/people.ts";
import { renderPage } from "../../test/render-page.tsx";
import { PeoplePage } from "./page.tsx";

const invitation: RouteResponse<"addPerson"> = {
  person: robin,
  link: "https://stemma.example/sign-in?token=once",
  expiresAt: "2026-03-11T10:00:00Z",
};
const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<PeoplePage />, { path: "/people", at: `/people${search}`, api: { ...peopleApi, ...handlers } });
const row = async (name: RegExp) => within(await screen.findByRole("row", { name }));
const dialog = async (name: string | RegExp) => within(await screen.findByRole("dialog", { name }));
async function act(user: ReturnType<typeof open>["user"], name: string, item: string) {
  await user.click(await screen.findByRole("button", { name: `Actions for ${name}` }));
  await user.click(await screen.findByRole("menuitem", { name: item }));
}

describe("the people page", () => {
  it("lists people with role, state, ways to sign in and sessions", async () => {
    open();
    const cells = (await row(/Robin Falk/)).getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells.slice(1, 7)).toEqual(["Robin Falkrobin", "Analyst", "active", "password", "17 h ago", "1"]);
    expect((await screen.findByText("you")).closest("tr")?.textContent).toContain("Mika Berg");
    expect((await row(/Kim Sand/)).getByText("never")).toBeDefined();
  });

  it("says who has no way to sign in again", async () => {
    open({ people: () => ({ items: [{ ...robin, methods: [] }], total: 1 }) });
    expect((await row(/Robin Falk/)).getByText("no password or passkey yet")).toBeDefined();
  });

  it("is for administrators", async () => {
    renderPage(<PeoplePage />, { as: "author", api: peopleApi });
    expect(await screen.findByText(/^Needs the administrator role\. Yours is author\./)).toBeDefined();
    expect(screen.queryByRole("table")).toBeNull();
  });

  it("finds people, and says how many of all it shows", async () => {
    const { fill } = open();
    fill(await screen.findByRole("textbox", { name: "Find people" }), "viewer");
    await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(2));
    expect(screen.getByText(`1 of ${people.length}: with “viewer”`)).toBeDefined();
    fill(screen.getByRole("textbox", { name: "Find people" }), "nobody");
    expect(await screen.findByText(/^Nobody with “nobody”/)).toBeDefined();
  });

  it("lists everybody, the first hundred at first", async () => {
    const many = Array.from({ length: 1204 }, (_, at) => ({ ...robin, id: `p${at}`, userName: `robin${at}` }));
    const { user, fill } = open({
      people: ({ query }) => {
        const from = Number(query.get("cursor") ?? 0);
        return {
          items: many.slice(from, from + 500),
          total: many.length,
          next: from + 500 < many.length ? String(from + 500) : undefined,
        };
      },
    });
    await user.hover(await screen.findByRole("button", { name: "Show all 1,204" }));
    expect(screen.getAllByRole("row")).toHaveLength(101);
    fill(screen.getByRole("textbox", { name: "Find people" }), "robin1203");
    expect(await screen.findByText("1 of 1,204: with “robin1203”")).toBeDefined();
  });

  it("can be read again after a failure", async () => {
    const { user, api } = open({ people: () => new Refusal(503, "The store does not answer.") });
    expect((await screen.findByRole("alert")).textContent).toContain("The store does not answer.");
    api.use(peopleApi);
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await row(/Robin Falk/);
  });

  it("adds a person and shows the link once", async () => {
    const { user, fill, api } = open({ addPerson: () => invitation });
    await user.click(await screen.findByRole("button", { name: "Add person…" }));
    const form = await dialog("Add person");
    fill(form.getByRole("textbox", { name: "User name" }), "robin");
    await user.click(form.getByRole("radio", { name: "Viewer" }));
    await user.click(form.getByRole("button", { name: "Add and show link" }));
    const link = await dialog(/^Sign-in link for/);
    expect(link.getByRole<HTMLInputElement>("textbox", { name: "Sign-in link" }).value).toBe(invitation.link);
    expect(link.getByText(/shown only now\. It works once, until/).textContent).toContain("2026-03-11 10:00");
    await user.keyboard("{Escape}");
    await user.click(link.getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(api.calls("addPerson")[0]?.body).toEqual({ userName: "robin", name: "robin", role: "viewer" });
  });

  it("says in place that a user name is taken, and keeps what was typed", async () => {
    const { user, fill } = open({
      addPerson: () =>
        new Refusal(409, "There is a person robin.", { code: "person.exists", title: "User name taken" }),
    });
    await screen.findByRole("table", { name: "People" });
    await user.keyboard("n");
    const form = await dialog("Add person");
    fill(form.getByRole("textbox", { name: "User name" }), "robin");
    await user.click(form.getByRole("button", { name: "Add and show link" }));
    expect((await form.findByRole("alert")).textContent).toContain("User name takenThere is a person robin.");
    expect(form.getByRole<HTMLInputElement>("textbox", { name: "User name" }).value).toBe("robin");
  });

  it("says that a link to this machine cannot be sent to another", async () => {
    const { user, fill } = open({
      addPerson: () => ({ ...invitation, link: "http://127.0.0.1:4800/sign-in?token=once" }),
    });
    await user.click(await screen.findByRole("button", { name: "Add person…" }));
    const form = await dialog("Add person");
    fill(form.getByRole("textbox", { name: "User name" }), "robin");
    await user.click(form.getByRole("button", { name: "Add and show link" }));
    const link = await dialog(/^Sign-in link for/);
    expect(link.getByText("This server can be reached only from this machine")).toBeDefined();
    expect(link.queryByText(/Send it over a channel/)).toBeNull();
  });

  it.each(["ro\u202ebin", "a/b", "robin falk", "<x>"])("accepts no user name like %j", async (name) => {
    const { user, fill } = open();
    await user.click(await screen.findByRole("button", { name: "Add person…" }));
    const form = await dialog("Add person");
    fill(form.getByRole("textbox", { name: "User name" }), name);
    expect(form.getByText(/may have letters, digits and the characters/)).toBeDefined();
    fill(form.getByRole("textbox", { name: "User name" }), "Žofie.田中+1@nordwind_x-y");
    expect(form.queryByText(/may have letters, digits and the characters/)).toBeNull();
  });

  it("says which service tokens outlast the person who is disabled", async () => {
    const { user } = open({
      serviceTokens: () => ({
        items: serviceTokens.map((token) => ({ ...token, createdBy: "Robin Falk" })),
        total: serviceTokens.length,
      }),
    });
    await act(user, "Robin Falk", "Disable…");
    const form = await dialog("Disable Robin Falk");
    expect((await form.findByText(/keep working/)).textContent).toContain("2 service tokens created by Robin Falk");
  });

  it("changes a role, with a note", async () => {
    const { user, fill, api } = open({ changePerson: () => robin });
    await act(user, "Robin Falk", "Change name or role…");
    const form = await dialog("Change robin");
    expect(form.getByRole<HTMLButtonElement>("button", { name: "Save" }).disabled).toBe(true);
    await user.click(form.getByRole("radio", { name: "Author" }));
    fill(form.getByRole("textbox", { name: "Note" }), "owns the rules now");
    await user.click(form.getByRole("button", { name: "Save" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(api.calls("changePerson")[0]).toMatchObject({
      params: { id: "p-2" },
      body: { role: "author", note: "owns the rules now" },
    });
  });

  it("does not offer to change the own role, or to disable oneself", async () => {
    const { user } = open();
    await act(user, "Mika Berg", "Change name or role…");
    const form = await dialog("Change mika");
    expect(form.getByRole<HTMLInputElement>("radio", { name: "Viewer" }).disabled).toBe(true);
    expect(form.getByText(/Your own role/)).toBeDefined();
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Actions for Mika Berg" }));
    expect((await screen.findByRole("menuitem", { name: /^Disable/ })).getAttribute("data-disabled")).toBe("true");
  });

  it("shows in place why a person cannot be disabled", async () => {
    const { user, fill } = open({ changePerson: () => new Refusal(409, "Robin Falk is the only administrator.") });
    await act(user, "Robin Falk", "Disable…");
    const form = await dialog("Disable Robin Falk");
    expect(form.getByText(/Their open session ends at once/)).toBeDefined();
    fill(form.getByRole("textbox", { name: "Note" }), "left the team");
    await user.click(form.getByRole("button", { name: "Disable" }));
    expect((await form.findByRole("alert")).textContent).toContain("the only administrator");
    expect(form.getByRole<HTMLTextAreaElement>("textbox", { name: "Note" }).value).toBe("left the team");
  });

  it("enables a person again", async () => {
    const { user, api } = open({ changePerson: () => robin });
    await act(user, "Alex Winter", "Enable…");
    await user.click((await dialog("Enable Alex Winter")).getByRole("button", { name: "Enable" }));
    await waitFor(() => expect(api.calls("changePerson")[0]?.body).toEqual({ disabled: false }));
  });

  it("creates a new link for somebody who has lost theirs, but not for people of the identity provider", async () => {
    const { user } = open({ invitePerson: () => invitation });
    await act(user, "Robin Falk", "New sign-in link…");
    await user.click((await dialog("New sign-in link")).getByRole("button", { name: "Create link" }));
    await user.click((await dialog(/^Sign-in link for/)).getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByRole("button", { name: "Actions for Noor Haddad" }));
    await screen.findByRole("menuitem", { name: "Disable…" });
    expect(screen.queryByRole("menuitem", { name: "New sign-in link…" })).toBeNull();
  });

  it("shows the sessions of a person and ends one", async () => {
    const { user, api } = open({ endSession: () => ({ items: [] }) });
    await user.click((await row(/Robin Falk/)).getByRole("button", { name: "Open sessions" }));
    const end = await screen.findByRole("button", { name: "End session: Edge on Windows from 10.20.7.201" });
    api.use({ personSessions: () => ({ items: [] }) });
    await user.click(end);
    expect(await screen.findByText("Signed in nowhere.")).toBeDefined();
    expect(api.calls("endSession")[0]?.params).toEqual({ id: "p-2", session: sessions[1]?.id });
  });
});

describe("service tokens", () => {
  it("are listed with scopes, state and last use", async () => {
    open({}, "?tab=tokens");
    const cells = (await row(/Collector/)).getAllByRole("cell").map((cell) => cell.textContent);
    expect(cells.slice(0, 5)).toEqual([
      "Collector on LOG-01stm_7Kq2…",
      "active",
      "Intake",
      "1 min agofrom 10.20.1.80",
      "never",
    ]);
    expect((await row(/Trial/)).getByText("revoked")).toBeDefined();
    expect((await row(/Trial/)).queryByRole("button")).toBeNull();
  });

  it("are created with as few scopes as needed, and the secret is shown once", async () => {
    const [token] = serviceTokens;
    const { user, fill, api } = open(
      { addServiceToken: () => ({ token: token ?? expect.fail(), secret: "stm_7Kq2-secret" }) },
      "?tab=tokens",
    );
    await user.click(await screen.findByRole("button", { name: "Create service token…" }));
    const form = await dialog("Create service token");
    fill(form.getByRole("textbox", { name: "Name" }), "Collector on LOG-01");
    expect(form.getByRole<HTMLButtonElement>("button", { name: "Create and show secret" }).disabled).toBe(true);
    await user.click(form.getByRole("checkbox", { name: "Intake" }));
    await user.click(form.getByRole("button", { name: "Create and show secret" }));
    const secret = await dialog(/^Secret of/);
    expect(secret.getByRole<HTMLInputElement>("textbox").value).toBe("stm_7Kq2-secret");
    await user.click(secret.getByRole("button", { name: "Done" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(api.calls("addServiceToken")[0]?.body).toEqual({
      name: "Collector on LOG-01",
      scopes: ["intake"],
      days: 90,
    });
  });

  it("are revoked after a question", async () => {
    const [token] = serviceTokens;
    const { user, api } = open({ revokeServiceToken: () => token ?? expect.fail() }, "?tab=tokens");
    await user.click(await screen.findByRole("button", { name: "Revoke Collector on LOG-01" }));
    const question = await dialog("Revoke Collector on LOG-01");
    await user.click(question.getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(api.calls("revokeServiceToken")[0]?.params).toEqual({ id: "t-1" }));
  });

  it("are explained where there are none", async () => {
    open({ serviceTokens: () => ({ items: [], total: 0 }) }, "?tab=tokens");
    expect(await screen.findByText("No service tokens")).toBeDefined();
    expect(screen.getByRole("button", { name: "Create service token…" })).toBeDefined();
  });
});
