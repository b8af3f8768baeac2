import { screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bundleDataEnd, bundleDataStart } from "#contracts/bundle";
import { Refusal } from "../../../test/fake-api.ts";
import { workbenchApi } from "../../../test/fixtures/workbench-api.ts";
import { renderPage } from "../../../test/render-page.tsx";
import { BundleDialog } from "./bundle-dialog.tsx";

const omitted = [{ what: "alerts", shown: 5_000, total: 6_200 }];
const document = (left: readonly object[]) =>
  JSON.stringify({
    omitted: left,
    hashes: { bundle: "ab".repeat(32) },
    sections: { alerts: [1, 2], processes: { nodes: [1] }, records: [1, 2, 3] },
  });
const pageOf = (data: string) => `<!doctype html>${bundleDataStart}${data}${bundleDataEnd}`;

/** Files that were saved: their name and text. */
let saved: { readonly name: string; readonly blob: Blob }[];
beforeEach(() => {
  saved = [];
  let last: Blob | undefined;
  URL.createObjectURL = (blob) => {
    last = blob as Blob;
    return "blob:file";
  };
  URL.revokeObjectURL = () => undefined;
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click(this: HTMLAnchorElement) {
    saved.push({ name: this.download, blob: last ?? new Blob() });
  });
});
afterEach(() => vi.restoreAllMocks());

function open(page: () => string | Refusal) {
  const api = { ...workbenchApi(), incidentBundle: page };
  return renderPage(<BundleDialog incidentKey="wininit" close={vi.fn()} />, { api });
}

describe("the dialog of a bundle", () => {
  it("saves the page at once, says what is in it, and saves its document beside it", async () => {
    const { user, api } = open(() => pageOf(document([])));
    expect((await screen.findByText(/^Saved as/)).textContent).toContain("2 alerts, 1 process, 3 source records");
    expect(api.calls("incidentBundle")).toMatchObject([{ params: { key: "wininit" } }]);
    expect(screen.getByText("ab".repeat(32))).toBeDefined();
    expect(screen.queryByRole("note")).toBeNull();
    await user.click(screen.getByRole("button", { name: "Save as JSON too" }));
    expect(saved.map(({ name }) => name)).toEqual(["file.html", "file.json"]);
    expect(await saved[1]?.blob.text()).toBe(document([]));
    await user.click(screen.getByRole("button", { name: "Save again" }));
    expect(await saved[2]?.blob.text()).toBe(pageOf(document([])));
  });

  it("says what a limit left out, and makes it without limits", async () => {
    const { user, api } = open(() => pageOf(document(omitted)));
    expect((await screen.findByRole("note")).textContent).toContain("5,000 of 6,200 alerts");
    await user.click(screen.getByRole("button", { name: "Make it without limits" }));
    await waitFor(() => expect(api.calls("incidentBundle")).toHaveLength(2));
    expect(api.calls("incidentBundle")[1]?.query.get("everything")).toBe("true");
    await waitFor(() => expect(saved).toHaveLength(2));
  });

  it("says why there is none", async () => {
    open(() => new Refusal(503, "Too much work waits."));
    expect((await screen.findByRole("alert")).textContent).toContain("Too much work waits.");
    expect(saved).toEqual([]);
  });
});
