import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { violations } from "./axe.ts";
import { type Drawn, drawn, hostLabels, labelled, minimap, openGraph, overlappingLabels } from "./drawn-graph.ts";
import { inBrowser, settled } from "./harness.ts";

inBrowser("the graph of the sample's intrusion", (visit) => {
  const openGraphOf = async (text: string, width: number): Promise<Page> => {
    const page = await visit.open(`/queue?group=none&text=${encodeURIComponent(text)}`, { width });
    await page.getByRole("article").getByRole("link").first().click();
    await settled(page);
    await openGraph(page);
    await expect.poll(async () => (await drawn(page)).nodes.length).toBeGreaterThan(5);
    return page;
  };

  it.each([1280, 1920])("opens with all its texts apart, and keeps them apart at any zoom, %i wide", async (width) => {
    const page = await openGraphOf("whoami /all", width);
    const opened = await drawn(page);
    expect(labelled(opened).length).toBeGreaterThan(5);
    expect(overlappingLabels(opened)).toEqual([]);
    expect(await violations(page)).toEqual([]);
    for (let step = 0; step < 9; step += 1) {
      await page.keyboard.press("-");
      expect(overlappingLabels(await drawn(page))).toEqual([]);
    }
    await page.keyboard.press("0");
    const fitted = await drawn(page);
    expect(overlappingLabels(fitted)).toEqual([]);
    const hosts = hostLabels(fitted).map(({ label }) => label);
    expect(hosts.toSorted()).toEqual(["srv-02", "srv-05", "ws-07"].map((host) => `${host}.nordwind.example`));
  });

  it("is moved with its map, by pointer and by keys", async () => {
    const page = await openGraphOf("whoami /all", 1920);
    for (let step = 0; step < 4; step += 1) {
      await page.keyboard.press("=");
    }
    const box = await minimap(page).boundingBox();
    expect(box).not.toBeNull();
    const { x = 0, y = 0, width = 0, height = 0 } = box ?? {};
    await page.mouse.move(x + width * 0.3, y + height * 0.5);
    await page.mouse.down();
    const left = await drawn(page);
    await page.mouse.move(x + width * 0.7, y + height * 0.5, { steps: 4 });
    await page.mouse.up();
    const right = await drawn(page);
    expect(right.pan.x).toBeLessThan(left.pan.x - 200);
    expect(right.pan.y).toBeCloseTo(left.pan.y, 0);
    await minimap(page).focus();
    await page.keyboard.press("ArrowLeft");
    const moved = await drawn(page);
    expect(moved.pan.x).toBeGreaterThan(right.pan.x + 50);
    expect(overlappingLabels(moved)).toEqual([]);
    await page.keyboard.press("0");
    await minimap(page).waitFor({ state: "detached" });
  });

  it("opens a chain in place and closes it again, by pointer, by keys and by undo", async () => {
    const page = await openGraphOf("net localgroup administrators", 1920);
    const of = (picture: Drawn, kind: string) => picture.nodes.filter((node) => node.kind === kind);
    const click = async ({ x, y }: { x: number; y: number }) => {
      const box = await page.getByRole("img", { name: /^Process graph/ }).boundingBox();
      await page.mouse.click((box?.x ?? 0) + x, (box?.y ?? 0) + y);
    };
    const closed = await drawn(page);
    const [chain] = of(closed, "chain");
    expect(chain?.label).toMatch(/^2(?: processes|: net| hidden)/);
    await click(chain?.at ?? { x: 0, y: 0 });
    await page.waitForURL(/[?&]chain=/);
    const open = await drawn(page);
    expect(of(open, "chain")).toEqual([]);
    expect(of(open, "process").length).toBe(of(closed, "process").length + 2);
    expect(overlappingLabels(open)).toEqual([]);
    const stayed = (picture: Drawn) =>
      of(picture, "process").filter(({ id }) => of(closed, "process").some((one) => one.id === id));
    expect(stayed(open).map(({ id, at }) => ({ id, at }))).toEqual(
      of(closed, "process").map(({ id, at }) => ({ id, at })),
    );

    const [handle] = of(open, "handle");
    await click(handle?.at ?? { x: 0, y: 0 });
    await page.waitForURL((url) => !url.search.includes("chain="));
    expect(of(await drawn(page), "chain").length).toBe(1);

    const graph = page.getByRole("application", { name: "Process graph" });
    await graph.focus();
    await page.keyboard.press("End");
    const isAtChain = async () =>
      (await page.getByRole("status").allTextContents()).some((text) => text.startsWith("2 processes: open"));
    for (let step = 0; step < 40 && !(await isAtChain()); step += 1) {
      await page.keyboard.press("ArrowUp");
    }
    expect(await isAtChain()).toBe(true);
    await page.keyboard.press("ArrowRight");
    await page.waitForURL(/[?&]chain=/);
    await expect.poll(async () => of(await drawn(page), "handle").length).toBe(1);
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL((url) => !url.search.includes("chain="));
    await page.keyboard.press("z");
    await page.waitForURL(/[?&]chain=/);
    expect(await violations(page)).toEqual([]);
  });
});
