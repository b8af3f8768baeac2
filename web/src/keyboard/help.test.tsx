import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../test/render-page.tsx";
import { FieldValue } from "../ui/field-value.tsx";
import { type Command, useCommands } from "./commands.tsx";
import { KeyboardHelp } from "./help.tsx";

const commands: readonly Command[] = [
  { id: "next", title: "Next process", group: "Lineage", keys: ["j"], run: () => undefined },
  { id: "close", title: "Close…", group: "Alert", keys: ["c"], run: () => undefined },
  { id: "reopen", title: "Reopen", group: "Alert", run: () => undefined },
];

function PageWithHelp() {
  useCommands(commands);
  return <KeyboardHelp opened close={() => undefined} />;
}

describe("the keyboard help", () => {
  it("lists the commands of the page by group and leaves out those without a key", () => {
    renderPage(<PageWithHelp />);
    expect(screen.getAllByRole("heading", { level: 3 }).map((heading) => heading.textContent)).toEqual([
      "Lineage",
      "Alert",
      "Where the focus is",
    ]);
    const terms = screen.getAllByRole("term").map((term) => term.textContent);
    expect(terms.slice(0, 2)).toEqual(["Next process", "Close…"]);
    expect(screen.queryByText("Reopen")).toBeNull();
  });

  it("lists the keys of focused elements, among them that of the menu of a value", async () => {
    const { user } = renderPage(
      <>
        <FieldValue field="process.name" value="cmd.exe" />
        <KeyboardHelp opened close={() => undefined} />
      </>,
    );
    const menu = screen.getByText(/^Menu of a value/).closest("div");
    expect(menu?.querySelector("kbd")?.textContent).toBe(".");
    screen.getByTitle("process.name").focus();
    await user.keyboard(".");
    expect(await screen.findByRole("menuitem", { name: "Copy" })).toBeDefined();
  });
});
