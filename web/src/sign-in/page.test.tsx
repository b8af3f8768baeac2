import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../test/fake-api.ts";
import { ownAccount, signInOptions } from "../test/fixtures/people.ts";
import { cancelled, installAuthenticator, passkeyOptions } from "../test/passkeys.ts";
import { renderPage } from "../test/render-page.tsx";
import { SignInPage } from "./page.tsx";

const local = { password: true, passkey: true };
const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<SignInPage />, {
    path: "/sign-in",
    at: `/sign-in${search}`,
    api: { signInOptions: () => local, signInWithPassword: () => ownAccount, ...handlers },
  });
const field = (label: string) => screen.findByLabelText<HTMLInputElement>(label);
async function signIn(page: ReturnType<typeof open>) {
  page.fill(await field("User name"), "mika");
  page.fill(await field("Password"), "four unrelated words");
  await page.user.click(screen.getByRole("button", { name: "Sign in" }));
}

describe("the sign-in page", () => {
  it("signs in by password and returns to the page that was asked for", async () => {
    const page = open({}, "?next=%2Falerts%2Fal-1%3Fstep%3Dwho");
    await signIn(page);
    await waitFor(() => expect(page.address()).toBe("/alerts/al-1?step=who"));
    expect(page.api.calls("signInWithPassword")[0]?.body).toEqual({
      userName: "mika",
      password: "four unrelated words",
    });
  });

  it("returns to the start page instead of another site", async () => {
    const page = open({}, "?next=https%3A%2F%2Fevil.example%2F");
    await signIn(page);
    await waitFor(() => expect(page.address()).toBe("/"));
  });

  it("shows why it was refused, and keeps what was typed", async () => {
    const page = open({
      signInWithPassword: () =>
        new Refusal(401, "User name or password is wrong.", { title: "Sign-in refused", code: "sign-in.refused" }),
    });
    await signIn(page);
    expect((await screen.findByRole("alert")).textContent).toBe("Sign-in refusedUser name or password is wrong.");
    expect((await field("User name")).value).toBe("mika");
    expect((await field("Password")).value).toBe("four unrelated words");
    expect(document.activeElement).toBe(await field("Password"));
  });

  it("says when there were too many attempts", async () => {
    const page = open({
      signInWithPassword: () =>
        new Refusal(429, "Try again in 40 s.", { title: "Too many sign-in attempts", code: "sign-in.rate-limited" }),
    });
    await signIn(page);
    expect((await screen.findByRole("alert")).textContent).toContain("Try again in 40 s.");
  });

  it("signs in by passkey", async () => {
    installAuthenticator();
    const { user, address, api } = open({
      passkeySignInOptions: () => passkeyOptions,
      signInWithPasskey: () => ownAccount,
    });
    await user.click(await screen.findByRole("button", { name: "Use a passkey" }));
    await waitFor(() => expect(address()).toBe("/"));
    const [call] = api.calls("signInWithPasskey");
    expect(call?.body).toMatchObject({ challenge: "challenge-1", response: { id: "AQID" } });
  });

  it("shows why no passkey was used", async () => {
    installAuthenticator(cancelled);
    const { user } = open({ passkeySignInOptions: () => passkeyOptions });
    await user.click(await screen.findByRole("button", { name: "Use a passkey" }));
    expect((await screen.findByRole("alert")).textContent).toContain("No passkey usedIt was cancelled");
  });

  it("offers no passkey where the browser has none", async () => {
    open();
    await field("User name");
    expect(screen.queryByRole("button", { name: "Use a passkey" })).toBeNull();
  });

  it("leads to the identity provider and back", async () => {
    open({ signInOptions: () => signInOptions }, "?next=%2Fhunt");
    const link = await screen.findByRole("link", { name: "Continue with Nordwind SSO" });
    expect(link.getAttribute("href")).toBe("/sign-in/oidc?next=%2Fhunt");
  });

  it("explains sign-in links, also where there is nothing else", async () => {
    open({ signInOptions: () => ({ password: false, passkey: false }) });
    expect(await screen.findByText(/An administrator can send you one/)).toBeDefined();
    expect(screen.queryByLabelText("User name")).toBeNull();
  });

  it("can be tried again when the server does not answer", async () => {
    const { user, api } = open({ signInOptions: () => new Refusal(503, "The store does not answer.") });
    await screen.findByRole("alert");
    api.use({ signInOptions: () => local });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await field("User name")).toBeDefined();
  });
});
