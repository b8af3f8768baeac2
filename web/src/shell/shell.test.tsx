import { Modal } from "@mantine/core";
import { cleanup, screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { useChange } from "../api/queries.ts";
import { type Handlers, Refusal } from "../test/fake-api.ts";
import { ownAccount, peopleApi } from "../test/fixtures/people.ts";
import { me, meAs } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { Shell } from "./shell.tsx";

const signedOut = () => new Refusal(401, "Sign in.", { code: "sign-in.required" });
const open = (handlers: Handlers = {}) =>
  renderPage(<Shell />, {
    path: "/hosts",
    at: "/hosts?x=1",
    api: { ...peopleApi, me: () => me, proposals: () => ({ items: [], total: 0 }), ...handlers },
  });

describe("the shell", () => {
  it("shows who is signed in and links every page", async () => {
    open();
    await screen.findByText("mika");
    await waitFor(() =>
      expect(screen.getByRole("navigation", { name: "Main" }).querySelectorAll("a")).toHaveLength(13),
    );
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("links people for administrators only", async () => {
    open({ me: () => meAs("author") });
    await screen.findByText("mika");
    expect(screen.queryByRole("link", { name: "People" })).toBeNull();
  });

  it("says how many proposals are open", async () => {
    const { api } = open({ proposals: () => ({ items: [], total: 1204 }) });
    const count = await screen.findByTitle("1,204 open");
    expect(count.closest("a")?.textContent).toBe("Proposals99+ open");
    expect(api.calls("proposals")[0]?.query.toString()).toBe("state=open&limit=1");
  });

  it("says nothing of open proposals to those who may not decide", async () => {
    const { api } = open({ me: () => meAs("viewer"), proposals: () => ({ items: [], total: 3 }) });
    await screen.findByText("mika");
    await screen.findByRole("link", { name: "Proposals" });
    expect(api.calls("proposals")).toEqual([]);
  });

  it("leads to the sign-in page and back when nobody is signed in", async () => {
    const { address } = open({ me: signedOut });
    await waitFor(() => expect(address()).toBe("/sign-in?next=%2Fhosts%3Fx%3D1"));
  });

  it("warns when the server fails", async () => {
    open({ me: () => new Refusal(500, "Number 4711.") });
    expect((await screen.findByRole("alert")).textContent).toMatch(/^Server error: Number 4711\. The data shown/);
  });

  it("goes to a page by its keys", async () => {
    const { user, address } = open();
    await user.keyboard("gh");
    await waitFor(() => expect(address()).toBe("/hunt"));
  });

  it("switches between UTC and local time and remembers the choice", async () => {
    const { user } = open();
    await user.click(screen.getByRole("radio", { name: "Local" }));
    expect(localStorage.getItem("stemma.time")).toBe("local");
    await user.keyboard("u");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "UTC" }).checked).toBe(true);
  });

  it("remembers the collapsed navigation", async () => {
    const { user } = open();
    await user.click(screen.getByRole("button", { name: "Collapse" }));
    expect(screen.getByRole("button", { name: "Expand" })).toBeDefined();
    expect(localStorage.getItem("stemma.rail")).toBe("narrow");
  });
});

describe("somebody who came by a link and has neither password nor passkey", () => {
  const invited = { ...ownAccount, hasPassword: false, passkeys: [], lacksCredential: true };

  it("is asked to set one until there is one", async () => {
    const { api, user, address } = open({ ownAccount: () => invited });
    const prompt = within(await screen.findByRole("complementary", { name: "No way to sign in again" }));
    api.use({ ownAccount: () => ({ ...invited, hasPassword: true, lacksCredential: false }) });
    await user.click(prompt.getByRole("link", { name: "set a password or add a passkey" }));
    expect(address()).toBe("/settings");
  });

  it("can put that off until the next session", async () => {
    const { user } = open({ ownAccount: () => invited });
    await user.click(await screen.findByRole("button", { name: "Not now" }));
    expect(screen.queryByText(/which works once/)).toBeNull();
    cleanup();
    const sessions = invited.sessions.map((session) => ({ ...session, id: `${session.id}-next` }));
    open({ ownAccount: () => ({ ...invited, sessions }) });
    expect(await screen.findByText(/which works once/)).toBeDefined();
  });

  it("is not bothered with a password set, or as the local administrator", async () => {
    open({ ownAccount: () => ({ ...invited, lacksCredential: false }) });
    await screen.findByText("mika");
    expect(screen.queryByText(/which works once/)).toBeNull();
  });
});

describe("the account menu", () => {
  const openMenu = async (handlers: Handlers = {}) => {
    const page = open(handlers);
    await page.user.click(await screen.findByRole("button", { name: "Account: mika" }));
    return page;
  };

  it("shows the role, and how and when the session began", async () => {
    await openMenu();
    const menu = await screen.findByRole("menu");
    expect(within(menu).getByText("Administrator")).toBeDefined();
    expect((await within(menu).findByText(/^Signed in by/)).textContent).toBe("Signed in by passkey, 2 h ago");
  });

  it("leads to the settings", async () => {
    const { user, address } = await openMenu();
    await user.click(await screen.findByRole("menuitem", { name: "Account and settings" }));
    expect(address()).toBe("/settings");
  });

  it("signs out and leaves the app", async () => {
    const { user, address, api } = await openMenu({ signOut: () => ({}) });
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    await waitFor(() => expect(address()).toBe("/sign-in"));
    expect(api.calls("signOut")).toHaveLength(1);
  });

  it("reads nothing that needs the session once it ends it", async () => {
    const { user, address, api, hear } = await openMenu({ signOut: () => ({}) });
    await screen.findByText(/^Signed in by/);
    const read = api.calls("ownAccount").length;
    const end = api.pause("signOut");
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    await waitFor(() => expect(api.calls("signOut")).toHaveLength(1));
    hear({ kind: "subject", subject: "person" });
    // Longer than until the page follows such a change.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(api.calls("ownAccount")).toHaveLength(read);
    end();
    await waitFor(() => expect(address()).toBe("/sign-in"));
    expect(api.calls("ownAccount")).toHaveLength(read);
  });

  it("reads what it has put off if the session goes on", async () => {
    const { user, api } = await openMenu({ signOut: () => new Refusal(503, "The store does not answer.") });
    await screen.findByText(/^Signed in by/);
    const read = api.calls("ownAccount").length;
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    await screen.findByText("You are still signed in");
    await waitFor(() => expect(api.calls("ownAccount").length).toBeGreaterThan(read));
  });

  it("says when signing out failed", async () => {
    const { user, address } = await openMenu({ signOut: () => new Refusal(503, "The store does not answer.") });
    await user.click(await screen.findByRole("menuitem", { name: "Sign out" }));
    expect(await screen.findByText("You are still signed in")).toBeDefined();
    expect(address()).toBe("/hosts?x=1");
  });
});

describe("a session that ends while the app is open", () => {
  async function ended(handlers: Handlers = {}) {
    const page = renderPage(
      <>
        <Shell />
        <PageDialog />
      </>,
      {
        path: "/hosts",
        at: "/hosts?x=1",
        api: {
          ...peopleApi,
          me: () => me,
          proposals: () => ({ items: [], total: 0 }),
          signInOptions: () => ({ password: true, passkey: false }),
          ...handlers,
        },
      },
    );
    await screen.findByText("mika");
    page.api.use({ me: signedOut });
    // Whatever is refused leads to a new look at who is signed in.
    page.fill(screen.getByRole("textbox", { name: "Note" }), "half a thought");
    await page.user.click(screen.getByRole("button", { name: "Save" }));
    const dialog = await screen.findByRole("dialog", { name: "You are signed out" });
    return { ...page, dialog: within(dialog) };
  }
  const note = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Note", hidden: true });

  it("offers to sign in again over the page, which keeps its address and what was typed", async () => {
    const { user, fill, api, dialog, address } = await ended({
      transition: signedOut,
      signInWithPassword: () => ({ ...ownAccount, person: { ...ownAccount.person, name: "mika" } }),
    });
    fill(await dialog.findByLabelText("User name"), "mika");
    fill(dialog.getByLabelText("Password"), "four unrelated words");
    api.use({ me: () => me });
    await user.click(dialog.getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "You are signed out" })).toBeNull());
    expect(note().value).toBe("half a thought");
    expect(address()).toBe("/hosts?x=1");
    expect(screen.queryByText(/^You are signed out\./)).toBeNull();
  });

  it("offers no way that the person does not have, and says how to get a link", async () => {
    const { dialog } = await ended({
      transition: signedOut,
      ownAccount: () => ({ ...ownAccount, hasPassword: false, passkeys: [], lacksCredential: true }),
    });
    expect(await dialog.findByText(/so you need a new sign-in link/)).toBeDefined();
    expect(await dialog.findByText(/An administrator can send you one/)).toBeDefined();
    expect(dialog.queryByLabelText("Password")).toBeNull();
  });

  it("says that the account was disabled, and offers no way to sign in", async () => {
    const disabled = () =>
      new Refusal(401, "An administrator has disabled this account.", { code: "sign-in.disabled", title: "Disabled" });
    const { api, user } = open();
    await screen.findByText("mika");
    api.use({ me: disabled });
    vi.setSystemTime(new Date("2026-03-04T10:01:00Z"));
    window.dispatchEvent(new Event("visibilitychange"));
    const dialog = within(await screen.findByRole("dialog", { name: "Your account was disabled" }));
    expect(dialog.getByText(/An administrator has disabled this account/)).toBeDefined();
    expect(dialog.queryByLabelText("Password")).toBeNull();
    await user.keyboard("{Escape}");
    expect(await screen.findByText(/^Your account was disabled\. The data shown/)).toBeDefined();
  });

  it("opens the identity provider beside the page, and goes on when somebody has signed in there", async () => {
    const { api, dialog } = await ended({
      transition: signedOut,
      ownAccount: () => ({ ...ownAccount, person: { ...ownAccount.person, source: "oidc" } }),
      signInOptions: () => ({ password: true, passkey: false, oidc: { name: "Nordwind", url: "/sign-in/oidc" } }),
    });
    expect(dialog.queryByLabelText("Password")).toBeNull();
    const link = await dialog.findByRole("link", { name: "Continue with Nordwind in a new tab" });
    expect(link.getAttribute("target")).toBe("_blank");
    expect(link.getAttribute("href")).toBe("/sign-in/oidc?next=%2Fhosts%3Fx%3D1");
    api.use({ me: () => me });
    // Coming back to the tab looks again.
    vi.setSystemTime(new Date("2026-03-04T10:01:00Z"));
    window.dispatchEvent(new Event("visibilitychange"));
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "You are signed out" })).toBeNull());
  });

  it("can be looked past, without closing a dialog of the page, and signed in to later", async () => {
    const { user, dialog } = await ended({ transition: signedOut });
    await user.click(await dialog.findByLabelText("User name"));
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog", { name: "You are signed out" })).toBeNull());
    expect(note().value).toBe("half a thought");
    await user.click(screen.getByRole("button", { name: "Sign in again", hidden: true }));
    expect(await screen.findByRole("dialog", { name: "You are signed out" })).toBeDefined();
  });
});

/** A dialog of the page with something typed in it. */
function PageDialog() {
  const save = useChange("transition");
  const [note, setNote] = useState("");
  return (
    <Modal opened onClose={() => expect.fail("the dialog was closed")} title="Of the page">
      <input aria-label="Note" value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      <button type="button" onClick={() => save.mutate({ params: { id: "al-1" }, body: { to: "escalated", note } })}>
        Save
      </button>
    </Modal>
  );
}
