import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../../test/fake-api.ts";
import { ownAccount, peopleApi, sessions } from "../../test/fixtures/people.ts";
import { cancelled, installAuthenticator, passkeyOptions } from "../../test/passkeys.ts";
import { renderPage } from "../../test/render-page.tsx";
import { SettingsPage } from "./page.tsx";

const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<SettingsPage />, { path: "/settings", at: `/settings${search}`, api: { ...peopleApi, ...handlers } });
const region = async (name: string) => within(await screen.findByRole("region", { name }));

describe("the own account", () => {
  it("changes the password", async () => {
    const { user, fill, api } = open({ setPassword: () => ownAccount });
    const password = await region("Password");
    const button = password.getByRole<HTMLButtonElement>("button", { name: "Change password" });
    fill(password.getByLabelText("Current password"), "the old one");
    fill(password.getByLabelText("New password"), "too short");
    expect(password.getByText("must have at least 12 characters")).toBeDefined();
    expect(button.disabled).toBe(true);
    fill(password.getByLabelText("New password"), "four unrelated words");
    await user.click(button);
    expect(await screen.findByText("Password set")).toBeDefined();
    expect(api.calls("setPassword")[0]?.body).toEqual({ current: "the old one", password: "four unrelated words" });
  });

  it("shows without a reload that somebody has given it another role", async () => {
    const { api, hear } = open();
    await screen.findByText("Administrator");
    api.use({ ownAccount: () => ({ ...ownAccount, person: { ...ownAccount.person, role: "viewer" } }) });
    hear({ kind: "subject", subject: "person" });
    await screen.findByText("Viewer");
  });

  it("says in place that the current password is wrong, which does not look like the end of the session", async () => {
    const { user, fill } = open({
      setPassword: () =>
        new Refusal(401, "The current password is wrong.", { code: "sign-in.refused", title: "Sign-in refused" }),
    });
    const password = await region("Password");
    fill(password.getByLabelText("Current password"), "wrong");
    fill(password.getByLabelText("New password"), "four unrelated words");
    await user.click(password.getByRole("button", { name: "Change password" }));
    expect((await password.findByRole("alert")).textContent).toBe("Sign-in refusedThe current password is wrong.");
  });

  it("does not ask for the current password after signing in by a link, or where there is none", async () => {
    const [current] = sessions;
    const byLink = { ...(current ?? expect.fail()), method: "link" as const };
    open({ ownAccount: () => ({ ...ownAccount, sessions: [byLink] }) });
    const password = await region("Password");
    expect(password.queryByLabelText("Current password")).toBeNull();
  });

  it("adds a passkey with a name", async () => {
    installAuthenticator();
    const { user, fill, api } = open({ newPasskeyOptions: () => passkeyOptions, addPasskey: () => ownAccount });
    const passkeys = await region("Passkeys");
    expect(passkeys.getByRole("row", { name: /Laptop/ })).toBeDefined();
    fill(passkeys.getByRole("textbox", { name: "Name of the new passkey" }), "Key ring");
    await user.click(passkeys.getByRole("button", { name: "Add passkey" }));
    await waitFor(() => expect(passkeys.getByRole<HTMLInputElement>("textbox").value).toBe(""));
    expect(api.calls("addPasskey")[0]?.body).toMatchObject({ name: "Key ring", challenge: "challenge-1" });
  });

  it("keeps the name when the browser refuses a passkey", async () => {
    installAuthenticator(cancelled);
    const { user, fill } = open({ newPasskeyOptions: () => passkeyOptions });
    const passkeys = await region("Passkeys");
    fill(passkeys.getByRole("textbox"), "Key ring");
    await user.click(passkeys.getByRole("button", { name: "Add passkey" }));
    expect((await passkeys.findByRole("alert")).textContent).toContain("It was cancelled");
    expect(passkeys.getByRole<HTMLInputElement>("textbox").value).toBe("Key ring");
  });

  it("removes a passkey", async () => {
    const { user, api } = open({ removePasskey: () => ({ ...ownAccount, passkeys: [] }) });
    const remove = await screen.findByRole("button", { name: "Remove passkey Laptop" });
    api.use({ ownAccount: () => ({ ...ownAccount, passkeys: [] }) });
    await user.click(remove);
    expect(await screen.findByText("No passkeys yet.")).toBeDefined();
    expect(api.calls("removePasskey")[0]?.params).toEqual({ passkey: "k-1" });
  });

  it("says why there can be no passkey", async () => {
    open();
    expect(await screen.findByText(/work only over https/)).toBeDefined();
  });

  it("ends another session, but not the current one", async () => {
    const { user, api } = open({ endOwnSession: () => ({ items: [] }) });
    const list = await region("Where you are signed in");
    expect(list.getByText("this session").closest("tr")?.textContent).toContain("by signing out");
    await user.click(list.getByRole("button", { name: "End session: Edge on Windows from 10.20.7.201" }));
    await waitFor(() => expect(api.calls("endOwnSession")[0]?.params).toEqual({ session: "s-2" }));
  });

  it("of the identity provider has nothing to set", async () => {
    open({ ownAccount: () => ({ ...ownAccount, person: { ...ownAccount.person, source: "oidc" } }) });
    expect(await screen.findByText(/through the identity provider/)).toBeDefined();
    expect(screen.queryByRole("region", { name: "Password" })).toBeNull();
  });
});

describe("preferences", () => {
  it("switch the time zone and remember it", async () => {
    const { user } = open({}, "?tab=preferences");
    await user.click(await screen.findByRole("radio", { name: /^Local/ }));
    expect(localStorage.getItem("stemma.time")).toBe("local");
  });
});

describe("the settings of the server", () => {
  it("are listed with where they come from, secrets only as set", async () => {
    open({}, "?tab=server");
    const cells = within(await screen.findByRole("row", { name: /STEMMA_OIDC_SECRET/ })).getAllByRole("cell");
    expect(cells.slice(1, 3).map((cell) => cell.textContent)).toEqual(["set", "environment"]);
    expect(screen.getByRole("row", { name: /STEMMA_HOSTNAMES/ }).textContent).toContain("not set");
  });

  it("are for administrators", async () => {
    renderPage(<SettingsPage />, { as: "analyst", path: "/settings", at: "/settings?tab=server", api: peopleApi });
    expect(await screen.findByText(/needs the administrator role/)).toBeDefined();
    expect(screen.queryByRole("link", { name: "Server" })).toBeNull();
  });
});
