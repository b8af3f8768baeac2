import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { type Handlers, Refusal } from "../test/fake-api.ts";
import { me } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { Shell } from "./shell.tsx";

const open = (handlers: Handlers = {}) => renderPage(<Shell />, { api: { me: () => me, ...handlers } });

describe("the shell", () => {
  it("shows the analyst and links every page", async () => {
    open();
    await screen.findByText("mika");
    expect(screen.getByRole("navigation", { name: "Main" }).querySelectorAll("a")).toHaveLength(10);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("warns when the analyst is signed out", async () => {
    open({ me: () => new Refusal(401, "Sign in.") });
    expect((await screen.findByRole("alert")).textContent).toBe(
      "You are signed out. Open a new sign-in link. The data shown may be outdated, and changes are not saved.",
    );
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
