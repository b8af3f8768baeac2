import { fireEvent, render, screen } from "@testing-library/react";
import { useRef } from "react";
import { describe, expect, it } from "vitest";
import { useRows } from "./use-rows.ts";

/** A list box of 500 rows. */
function List({ active }: { readonly active: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const { items, described } = useRows({ count: 500, height: 28, active, scroller });
  return (
    <div
      ref={scroller}
      role="listbox"
      tabIndex={0}
      aria-activedescendant={described === undefined ? undefined : `row-${described}`}
    >
      {items.map(({ index }) => (
        <div key={index} id={`row-${index}`} role="option" tabIndex={-1} aria-selected={index === active}>
          {index}
        </div>
      ))}
    </div>
  );
}

const list = () => screen.getByRole("listbox");
const shown = () => screen.getAllByRole("option").map((option) => Number(option.textContent));
const active = () => document.getElementById(list().getAttribute("aria-activedescendant") ?? "")?.textContent;
function scrollTo(row: number): void {
  list().scrollTop = row * 28;
  fireEvent.scroll(list());
}

describe("the rows of a long list", () => {
  it("are those in sight, and the active one where it is not in sight yet", () => {
    render(<List active={400} />);
    expect(shown().at(-1)).toBe(400);
    expect(shown().length).toBeLessThan(60);
    expect(active()).toBe("400");
  });

  it("keep the active one when it is scrolled away", () => {
    render(<List active={3} />);
    scrollTo(250);
    expect(shown().slice(0, 2)).toEqual([3, 238]);
    expect(active()).toBe("3");
  });

  it("name no active one when there is none", () => {
    render(<List active={-1} />);
    scrollTo(250);
    expect(shown()).not.toContain(3);
    expect(list().hasAttribute("aria-activedescendant")).toBe(false);
  });
});
