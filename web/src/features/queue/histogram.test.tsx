import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { renderPage } from "../../test/render-page.tsx";
import { Histogram, handlesAfterKey } from "./histogram.tsx";

const hour = (at: number) => new Date(Date.UTC(2026, 2, 4, at)).toISOString();
/** Four hours from 8 to 12. */
const bars = [0, 7, 3, 0].map((count, at) => ({ from: hour(8 + at), to: hour(9 + at), count }));

const show = (isLimited = false) => {
  const choose = vi.fn<(from?: string, to?: string) => void>();
  const { user } = renderPage(<Histogram bars={bars} isLimited={isLimited} choose={choose} />);
  const area = screen.getByRole("group", { name: "Alerts over time" }).firstElementChild as HTMLElement;
  const press = (type: "pointerDown" | "pointerMove" | "pointerUp", x: number) =>
    fireEvent[type](area, { clientX: x, button: 0, pointerId: 1 });
  return { choose, user, press };
};

describe("the histogram of the queue", () => {
  beforeEach(() => {
    vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 400, 30));
  });

  it("shows the alerts of the time that a drag covers, to the pixel", () => {
    const { choose, press } = show();
    press("pointerDown", 150);
    press("pointerMove", 300);
    expect(screen.getByText("2026-03-04 09:30 to 2026-03-04 11:00")).toBeDefined();
    press("pointerUp", 300);
    expect(choose.mock.calls).toEqual([["2026-03-04T09:30:00.000Z", hour(11)]]);
  });

  it("shows the alerts of one bar after a click", () => {
    const { choose, press } = show();
    press("pointerDown", 150);
    press("pointerUp", 151);
    expect(choose.mock.calls).toEqual([[hour(9), hour(10)]]);
  });

  it("gives a drag up at Escape", () => {
    const { choose, press } = show();
    press("pointerDown", 150);
    press("pointerMove", 300);
    fireEvent.keyDown(window, { key: "Escape" });
    press("pointerUp", 300);
    expect(choose).not.toHaveBeenCalled();
    expect(screen.getByText("highest 7")).toBeDefined();
  });

  it("is used by keys: two handles and Enter, and Escape for all times", async () => {
    const { choose, user } = show(true);
    screen.getByRole("slider", { name: "Beginning of the time shown" }).focus();
    await user.keyboard("{ArrowUp}");
    await user.tab();
    expect(document.activeElement).toBe(screen.getByRole("slider", { name: "End of the time shown" }));
    await user.keyboard("{ArrowDown}{ArrowDown}{Enter}");
    expect(choose.mock.calls).toEqual([[hour(9), hour(10)]]);
    await user.keyboard("{Escape}");
    expect(choose.mock.lastCall).toEqual([]);
  });

  it("keeps one bar between its handles", () => {
    const quarter = { from: 0.25, to: 0.5 };
    expect(handlesAfterKey("ArrowUp", quarter, "from", 0.25)).toEqual(quarter);
    expect(handlesAfterKey("ArrowDown", quarter, "to", 0.25)).toEqual(quarter);
    expect(handlesAfterKey("ArrowUp", quarter, "to", 0.25)).toEqual({ from: 0.25, to: 0.75 });
    expect(handlesAfterKey("ArrowDown", { from: 0, to: 1 }, "from", 0.25)).toEqual({ from: 0, to: 1 });
    expect(handlesAfterKey("ArrowRight", quarter, "to", 0.25)).toBeUndefined();
  });
});
