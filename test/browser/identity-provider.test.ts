import { afterAll, expect, it } from "vitest";
import { freePort } from "../api/workbench.ts";
import { client, startProvider, type TestProvider } from "../oidc/provider.ts";
import { violations } from "./axe.ts";
import { heading, inBrowser, settled } from "./harness.ts";

let provider: TestProvider | undefined;
afterAll(() => provider?.stop());

async function withProvider() {
  const port = await freePort();
  provider = await startProvider(() => `http://127.0.0.1:${port}`);
  provider.accounts.set("mira", { name: "Mira Holm", preferred_username: "mira", groups: ["detection"] });
  return {
    STEMMA_PORT: String(port),
    STEMMA_OIDC_ISSUER: provider.issuer,
    STEMMA_OIDC_CLIENT_ID: client.id,
    STEMMA_OIDC_CLIENT_SECRET: client.secret,
    STEMMA_OIDC_NAME: "Nordwind",
    STEMMA_OIDC_ROLES: "detection=author",
  };
}

inBrowser(
  "signing in through an identity provider",
  (visit) => {
    it("leads back to the page that was asked for, and signing out ends the session there as well", async () => {
      // The pages of the provider have no icon, and ask for a font from the internet.
      visit.expectComplaint(/favicon\.ico|fonts\.googleapis\.com/);
      const page = await visit.openEmpty();
      await page.goto(new URL("/hunt?language=kql", visit.product.workbench.url).href);
      await heading(page, "Sign in").waitFor();
      await page.getByRole("link", { name: "Continue with Nordwind" }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole("link", { name: "Continue with Nordwind" }).click();
      await page.getByPlaceholder("Enter any login").fill("mira");
      await page.getByPlaceholder("and password").fill("any");
      await page.getByRole("button", { name: "Sign-in" }).click();
      await page.getByRole("button", { name: "Continue" }).click();
      await heading(page, "Hunt").waitFor();
      await settled(page);
      expect(new URL(page.url()).search).toBe("?language=kql");

      await page.getByRole("button", { name: "Account: Mira Holm" }).click();
      const menu = page.getByRole("menu");
      await menu.getByText("Author", { exact: true }).waitFor();
      await menu.getByText(/^Signed in by identity provider/).waitFor();
      await menu.getByRole("menuitem", { name: "Account and settings" }).click();
      await page.getByText(/You sign in through the identity provider/).waitFor();
      expect(await page.getByLabel("New password").count()).toBe(0);

      await page.getByRole("button", { name: "Account: Mira Holm" }).click();
      await page.getByRole("menuitem", { name: "Sign out" }).click();
      await page.getByRole("button", { name: /^Yes, sign me out/ }).click();
      await heading(page, "Sign in").waitFor();
      expect(provider?.sessionsEnded()).toBe(1);
    });
  },
  withProvider,
);
