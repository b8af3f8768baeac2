import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderPage } from "../test/render-page.tsx";
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
    ]);
    expect(screen.getAllByRole("term").map((term) => term.textContent)).toEqual(["Next process", "Close…"]);
    expect(screen.queryByText("Reopen")).toBeNull();
  });
});
