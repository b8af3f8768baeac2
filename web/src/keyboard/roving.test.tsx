import { screen } from "@testing-library/react";
import { describe, expect, it, vi } from "vitest";
import { renderPage } from "../test/render-page.tsx";
import { useCommands } from "./commands.tsx";
import { useRoving } from "./roving.ts";

const runs = vi.fn();
const commands = [{ id: "next", title: "Next", group: "Queue", keys: ["right", "down"], run: runs }];

function Tools({ last = true }: { readonly last?: boolean }) {
  useCommands(commands);
  const roving = useRoving<HTMLDivElement>();
  return (
    <>
      <div {...roving} role="toolbar" aria-label="Tools">
        <button type="button">One</button>
        <button type="button" data-skip>
          Never
        </button>
        <a href="/two" aria-current="page">
          Two
        </a>
        <input type="text" aria-label="Text" />
        <input type="radio" name="zone" aria-label="UTC" defaultChecked />
        <input type="radio" name="zone" aria-label="Local" />
        {last && <button type="button">Last</button>}
      </div>
      <button type="button">After</button>
    </>
  );
}

function Lists() {
  const roving = useRoving<HTMLDivElement>();
  return (
    <div {...roving}>
      <input role="combobox" aria-label="State" aria-expanded={false} aria-controls="none" defaultValue="ab" />
      <input role="combobox" aria-label="Tactic" aria-expanded aria-controls="none" readOnly value="" />
    </div>
  );
}

const focused = () => document.activeElement?.textContent || document.activeElement?.getAttribute("aria-label");

describe("a group of controls", () => {
  it("is one tab stop, at the current page first and then where the focus was", async () => {
    const { user } = renderPage(<Tools />);
    await user.tab();
    expect(focused()).toBe("Two");
    await user.keyboard("{ArrowLeft}");
    expect(focused()).toBe("One");
    await user.tab();
    expect(focused()).toBe("Text");
    await user.tab();
    expect(focused()).toBe("After");
    await user.tab({ shift: true });
    await user.tab({ shift: true });
    expect(focused()).toBe("One");
  });

  it("is walked with arrow keys, Home and End, which run no command and choose no radio button", async () => {
    const { user } = renderPage(<Tools />);
    await user.tab();
    await user.keyboard("{ArrowRight}{ArrowDown}");
    expect(focused()).toBe("Local");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "UTC" }).checked).toBe(true);
    await user.keyboard(" ");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Local" }).checked).toBe(true);
    await user.keyboard("{End}{ArrowRight}");
    expect(focused()).toBe("Last");
    await user.keyboard("{Home}");
    expect(focused()).toBe("One");
    expect(runs).not.toHaveBeenCalled();
  });

  it("moves between lists of choices where the text in them ends, and leaves an open list alone", async () => {
    const { user } = renderPage(<Lists />);
    await user.tab();
    await user.keyboard("{Home}{ArrowRight}");
    expect(focused()).toBe("State");
    await user.keyboard("{End}{ArrowRight}");
    expect(focused()).toBe("Tactic");
    await user.keyboard("{ArrowLeft}");
    expect(focused()).toBe("Tactic");
  });

  it("leaves the keys of its text fields alone", async () => {
    const { user } = renderPage(<Tools />);
    await user.click(screen.getByRole("textbox", { name: "Text" }));
    await user.keyboard("ab{ArrowLeft}{Home}c");
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Text" }).value).toBe("cab");
  });
});
