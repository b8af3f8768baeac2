import { screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { Refusal } from "../test/fake-api.ts";
import { me } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { Chunk, ChunkError, loadChunk } from "./chunk.tsx";

function Drawing({ name }: { readonly name: string }) {
  return <p>{`Drawing of ${name}`}</p>;
}

let isThere = true;
const load = async () => {
  if (!isThere) {
    throw new TypeError("Failed to fetch dynamically imported module: /assets/drawing.js");
  }
  return Drawing;
};
const open = (handlers: Parameters<typeof renderPage>[1] = {}) =>
  renderPage(<Chunk what="the drawing" load={load} props={{ name: "a process" }} />, handlers);
const gone = () => new Refusal(502, "Bad gateway");

describe("a part of the app in a chunk of its own", () => {
  it("is shown once it is loaded", async () => {
    isThere = true;
    open();
    expect(await screen.findByText("Drawing of a process")).toBeDefined();
  });

  it("says that the server is gone, and loads when it is tried again after its return", async () => {
    isThere = false;
    const { user, api } = open({ api: { me: gone } });
    const alert = await screen.findByRole("alert");
    await waitFor(() => expect(alert.textContent).toMatch(/^Server not reachable.*so the drawing could not be loaded/));
    expect(alert.textContent).not.toContain("dynamically");
    isThere = true;
    api.use({ me: () => me });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Drawing of a process")).toBeDefined();
  });

  it("offers a reload while the server answers: it may have another build", async () => {
    isThere = false;
    open();
    await screen.findByRole("button", { name: "Reload" });
    expect(screen.getByRole("alert").textContent).toContain("The server may have been updated");
  });

  it("fails with an error of its own kind", async () => {
    isThere = false;
    await expect(loadChunk(load)).rejects.toThrow(ChunkError);
  });
});
