import type { CDPSession, Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";
import { openAlert } from "./workbench-pages.ts";

const password = "seven unlikely green chairs";

/** Passkeys are bound to a name, so the server is visited under its name and not its address. */
function byName(url: string): string {
  const named = new URL(url);
  named.hostname = "localhost";
  return named.href;
}

/** A security key that is always at hand. */
async function addAuthenticator(page: Page): Promise<CDPSession> {
  const session = await page.context().newCDPSession(page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return session;
}

const go = async (page: Page, path: string) => {
  await page.goto(new URL(path, page.url()).href);
  await settled(page);
};

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Account: / }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await heading(page, "Sign in").waitFor();
}

/** Adds a person on the people page and returns the link that is shown once. */
async function invite(page: Page, userName: string, name: string, role: string): Promise<string> {
  await page.getByRole("button", { name: "Add person…" }).click();
  const form = page.getByRole("dialog", { name: "Add person" });
  await form.getByRole("textbox", { name: "User name" }).fill(userName);
  await form.getByRole("textbox", { name: "Name", exact: true }).fill(name);
  await form.getByRole("radio", { name: role, exact: true }).check();
  await form.getByRole("button", { name: "Add and show link" }).click();
  const shown = page.getByRole("dialog", { name: `Sign-in link for ${name}` });
  const link = await shown.getByRole("textbox", { name: "Sign-in link" }).inputValue();
  expect(await violations(page)).toEqual([]);
  await shown.getByRole("button", { name: "Done" }).click();
  await shown.waitFor({ state: "detached" });
  return link;
}

async function changeRole(page: Page, name: string, role: string, note: string): Promise<void> {
  await page.getByRole("button", { name: `Actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Change name or role…" }).click();
  const form = page.getByRole("dialog", { name: /^Change / });
  await form.getByRole("radio", { name: role, exact: true }).check();
  await form.getByRole("textbox", { name: "Note" }).fill(note);
  await form.getByRole("button", { name: "Save" }).click();
  await form.waitFor({ state: "detached" });
}

const personRow = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

/** Answers the first step of the open alert past the interface, with the cookie of the page. */
async function answerByApi(page: Page): Promise<number> {
  const { origin, pathname } = new URL(page.url());
  const playbook = `${origin}/api/v1${pathname}/playbook`;
  const { steps } = await (await page.request.get(playbook)).json();
  const answered = await page.request.put(`${playbook}/steps/${steps[0].id}/answer`, {
    headers: { origin },
    data: { value: "lowers", note: "", evidence: [] },
  });
  return answered.status();
}

inBrowser("three people with three roles", (visit) => {
  it("work side by side, each with the rights of their role, which change while they work", async () => {
    // Wrong passwords, actions without the role, and the end of a session.
    visit.expectComplaint(/status of 40[13]/);
    const admin = await visit.openEmpty();
    const authenticator = await addAuthenticator(admin);
    await admin.goto(byName(visit.product.workbench.signInLink()));
    await settled(admin);

    await go(admin, "/settings");
    await admin.getByLabel("New password").fill(password);
    await admin.getByRole("button", { name: "Set password" }).click();
    await admin.getByText("Your other sessions have ended.").waitFor();
    await admin.getByRole("textbox", { name: "Name of the new passkey" }).fill("Key ring");
    await admin.getByRole("button", { name: "Add passkey" }).click();
    await admin.getByRole("row").filter({ hasText: "Key ring" }).waitFor();
    expect(await violations(admin)).toEqual([]);

    await go(admin, "/people");
    const kimsLink = await invite(admin, "kim", "Kim Sand", "Analyst");
    const samsLink = await invite(admin, "sam", "Sam Ek", "Viewer");
    expect(await violations(admin)).toEqual([]);
    const kim = await visit.openEmpty();
    await kim.goto(byName(kimsLink));
    const sam = await visit.openEmpty({ theme: "dark" });
    await sam.goto(byName(samsLink));
    await Promise.all([settled(kim), settled(sam)]);

    await signOut(admin);
    await admin.goto(new URL("/people", admin.url()).href);
    await heading(admin, "Sign in").waitFor();
    expect(await violations(admin)).toEqual([]);
    await admin.getByRole("textbox", { name: "User name" }).fill("robin");
    await admin.getByLabel("Password", { exact: true }).fill("not the password");
    await admin.getByRole("button", { name: "Sign in", exact: true }).click();
    await admin.getByRole("alert").getByText("Sign-in refused").waitFor();
    await admin.getByLabel("Password", { exact: true }).fill(password);
    await admin.getByRole("button", { name: "Sign in", exact: true }).click();
    await heading(admin, "People").waitFor();
    await signOut(admin);
    await admin.getByRole("button", { name: "Use a passkey" }).click();
    await heading(admin, "Queue").waitFor({ state: "attached" });

    await openAlert(kim, "srv-02", "adm-lena");
    await kim.getByRole("textbox", { name: "Note" }).fill("adm-lena has no ticket today");
    await kim
      .getByRole("group", { name: /^Answer to: / })
      .getByRole("button", { name: /^raises/ })
      .click();
    await kim.getByText(/by Kim Sand/).waitFor();

    await go(sam, new URL(kim.url()).pathname);
    const answer = sam.getByRole("region", { name: /^Answer to: / });
    await answer.getByText(/needs the analyst role\. Yours is viewer\./).waitFor();
    await sam.getByRole("button", { name: /^1 / }).click();
    await answer.getByText("adm-lena has no ticket today").waitFor();
    expect(await sam.getByRole("button", { name: "Close…" }).count()).toBe(0);
    expect(await answerByApi(sam)).toBe(403);
    expect(await violations(sam)).toEqual([]);

    await go(admin, "/people");
    await changeRole(admin, "Sam Ek", "Analyst", "joined the shift");
    // The page of Sam asks who is signed in every few seconds.
    const form = sam.getByRole("group", { name: /^Answer to: / });
    await form.waitFor();
    await sam.getByRole("button", { name: /^2 / }).click();
    await form.getByRole("button", { name: /^lowers/ }).click();
    await sam.getByText(/by Sam Ek/).waitFor();
    await changeRole(admin, "Sam Ek", "Viewer", "the shift is over");
    expect(await answerByApi(sam)).toBe(403);
    await answer.getByText(/needs the analyst role/).waitFor();

    const save = kim.getByRole("button", { name: /^Save in shadow/ });
    await kim.getByRole("button", { name: "Exception…" }).click();
    await kim.getByRole("textbox", { name: "Reason" }).fill("agreed with the owners of the server");
    await kim.getByText("An author can save it once you have proposed it.").waitFor();
    expect(await save.count()).toBe(0);
    await changeRole(admin, "Kim Sand", "Author", "owns the exceptions now");
    await save.waitFor({ timeout: 40_000 });
    await expect.poll(() => save.isEnabled()).toBe(true);
    await save.click();
    await kim.getByText("Saved in shadow mode. No alerts were closed.").waitFor();

    await go(admin, "/audit");
    const told = (action: string, who: string) =>
      admin.getByRole("row").filter({ hasText: action }).filter({ hasText: who }).first();
    await told("role viewer → analyst", "robin")
      .getByText(/by passkey from/)
      .waitFor();
    await told("role analyst → viewer", "robin").waitFor();
    await expect.poll(() => told("role viewer → analyst", "robin").textContent()).toContain("person Sam Ek");
    await told("step answered", "Kim Sand")
      .getByText(/by sign-in link from/)
      .waitFor();
    await told("step answered", "Sam Ek").waitFor();
    await told("exception saved", "Kim Sand").waitFor();
    await expect.poll(() => told("step answered", "Kim Sand").textContent()).toMatch(/from (127\.0\.0\.1|::1)/);
    expect(await violations(admin)).toEqual([]);

    await go(admin, "/people");
    await personRow(admin, "Kim Sand").getByRole("button", { name: "Open sessions" }).click();
    await admin.getByRole("button", { name: /^End session: Chrome on Linux/ }).click();
    await admin.getByText("Signed in nowhere.").waitFor();
    const ended = kim.getByRole("dialog", { name: "You are signed out" });
    await ended.waitFor();
    expect(await violations(kim)).toEqual([]);

    await admin.getByRole("button", { name: "Actions for Kim Sand" }).click();
    await admin.getByRole("menuitem", { name: "New sign-in link…" }).click();
    await admin.getByRole("button", { name: "Create link" }).click();
    const link = await admin.getByRole("textbox", { name: "Sign-in link" }).inputValue();
    const tab = await kim.context().newPage();
    await tab.goto(byName(link));
    await settled(tab);
    // The page below the dialog goes on by itself.
    await ended.waitFor({ state: "detached" });
    await heading(kim, /./).waitFor();
    await authenticator.detach();
  }, 240_000);
});
