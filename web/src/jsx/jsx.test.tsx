import { Button, MantineProvider, TextInput } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { Link, MemoryRouter } from "react-router";
import { describe, expect, it } from "vitest";
import { VisibleText } from "../ui/command-line.tsx";

const hostile = "invoice\u202efdp.exe";
const shown = "invoice⟨U+202E⟩fdp.exe";

function Name({ text }: { readonly text: string }) {
  return <>{text}</>;
}

function Length({ label }: { readonly label: string }) {
  return <p>{label.length}</p>;
}

describe("a text that reorders itself", () => {
  it("is visible in elements, attributes, fragments, lists and components of libraries", () => {
    const { container } = render(
      <MantineProvider env="test">
        <MemoryRouter>
          <p title={hostile}>
            {hostile} and {[hostile, <i key="i">{hostile}</i>]}
          </p>
          <Name text={hostile} />
          <Button aria-label={hostile}>{hostile}</Button>
          <TextInput label={hostile} description={hostile} placeholder={hostile} error={hostile} />
          <Link to="/">{hostile}</Link>
        </MemoryRouter>
      </MantineProvider>,
    );
    expect(container.innerHTML).not.toContain("\u202e");
    expect(container.textContent?.split(shown)).toHaveLength(10);
    expect(screen.getByRole("button", { name: shown })).toBeDefined();
    expect(screen.getByTitle(shown)).toBeDefined();
  });

  it("reaches our own components as it is, so that they can copy, pin and search for it", () => {
    render(<Length label={hostile} />);
    expect(screen.getByText(String(hostile.length))).toBeDefined();
  });

  it("is still marked where a component shows each such character by itself", () => {
    const { container } = render(<VisibleText text={hostile} />);
    expect(container.innerHTML).toContain(">U+202E</span>");
  });
});
