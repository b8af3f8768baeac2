import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useRoute } from "../api/queries.ts";
import { Refusal } from "../test/fake-api.ts";
import { me } from "../test/fixtures/queue.ts";
import { renderPage } from "../test/render-page.tsx";
import { Table } from "./page.tsx";
import { Incomplete, Loaded } from "./state.tsx";
import { absoluteTime, duration, relativeTime } from "./time.tsx";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const table = (props: Partial<Parameters<typeof Table<number>>[0]> = {}) =>
  renderPage(
    <Table
      label="Numbers"
      rows={numbers(3)}
      keyOf={String}
      empty="Nothing. Run `stemma ingest`."
      columns={[{ title: "Number", numeric: true, cell: (value) => value * 1000 }]}
      {...props}
    />,
  );
const rows = () =>
  within(screen.getByRole("table", { name: "Numbers" }))
    .getAllByRole("row")
    .slice(1);

describe("a result that lacks something damaged", () => {
  it("says how much, what and what to do, beside the rest", () => {
    const problem = { code: "store.damaged", message: 'the alert "a-1" is damaged', remedy: "Run stemma check." };
    renderPage(<Incomplete data={{ items: [], total: 3, unreadable: { count: 2, problems: [problem] } }} />);
    expect(screen.getByRole("status").textContent).toBe(
      '2 stored values cannot be read and are missing here: the alert "a-1" is damaged. Run stemma check.',
    );
  });

  it("says nothing if it is whole", () => {
    renderPage(<Incomplete data={{ items: [], total: 0 }} />);
    expect(screen.queryByRole("status")).toBeNull();
  });
});

describe("a table", () => {
  it("writes numbers with separators", () => {
    table();
    expect(rows().map((row) => row.textContent)).toEqual(["1,000", "2,000", "3,000"]);
    expect(screen.queryByText(/^3 of/)).toBeNull();
  });

  it("shows how many rows there are in total, and why not all are listed", () => {
    table({ total: 1204, truncationReason: "newest first" });
    expect(screen.getByText("3 of 1,204: newest first")).toBeDefined();
  });

  it("shows the first rows and the others on request", async () => {
    const { user } = table({ rows: numbers(1204), first: 2 });
    expect(rows()).toHaveLength(2);
    await user.click(screen.getByRole("button", { name: "Show all 1,204" }));
    expect(rows()).toHaveLength(1204);
    await user.click(screen.getByRole("button", { name: "Show the first 2" }));
    expect(rows()).toHaveLength(2);
  });

  it("expands the details of one row", async () => {
    const { user } = table({ detail: { title: "Details", of: (value) => `all about ${value}` } });
    const [, second] = screen.getAllByRole("button", { name: "Details" });
    await user.click(second as HTMLElement);
    expect(screen.getByText("all about 2")).toBeDefined();
    expect(screen.queryByText("all about 1")).toBeNull();
  });

  it("explains why it is empty", () => {
    table({ rows: [] });
    expect(screen.getByText("stemma ingest").tagName).toBe("CODE");
  });
});

function Analyst() {
  const query = useRoute("me");
  return (
    <>
      <Loaded query={query} label="Loading the analyst">
        {({ analyst }) => <p>{analyst}</p>}
      </Loaded>
      <button type="button" onClick={() => void query.refetch()}>
        Refresh
      </button>
    </>
  );
}

describe("a part of a page that reads from the server", () => {
  it("shows that it is loading, then its content", async () => {
    renderPage(<Analyst />, { api: { me: () => me } });
    expect(screen.getByRole("status", { name: "Loading the analyst" })).toBeDefined();
    expect(await screen.findByText("mika")).toBeDefined();
  });

  it("shows an error with its cause and the fields at fault, and retries", async () => {
    const { user, api } = renderPage(<Analyst />, {
      api: { me: () => new Refusal(400, "Invalid.", { errors: [{ field: "limit", message: "Too large" }] }) },
    });
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("Invalid request");
    expect(alert.textContent).toContain("limit: Too large");
    api.use({ me: () => me });
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("mika")).toBeDefined();
  });

  it("says so when the analyst is signed out", async () => {
    renderPage(<Analyst />, { api: { me: () => new Refusal(401, "No session.") } });
    expect((await screen.findByRole("alert")).textContent).toBe(
      "You are signed outSign in again to load this.Try again",
    );
  });

  it("keeps its content when it cannot be refreshed", async () => {
    const { user, api } = renderPage(<Analyst />, { api: { me: () => me } });
    await screen.findByText("mika");
    api.fail("me", new Refusal(503, "The store does not answer."));
    await user.click(screen.getByRole("button", { name: "Refresh" }));
    expect(await screen.findByText("Data may be outdated: The store does not answer.")).toBeDefined();
    expect(screen.getByText("mika")).toBeDefined();
  });
});

describe("times", () => {
  const now = Date.parse("2026-03-04T10:00:00Z");

  it.each([
    ["minute", "2026-03-04 09:12"],
    ["second", "2026-03-04 09:12:07"],
    ["millisecond", "2026-03-04 09:12:07.123"],
  ] as const)("are written to the %s", (precision, text) => {
    expect(absoluteTime("2026-03-04T09:12:07.123Z", "utc", precision)).toBe(text);
  });

  it("that are invalid are shown as they are", () => {
    expect(absoluteTime("soon", "utc")).toBe("soon");
  });

  it("are relative in whole units, without a number below a minute", () => {
    expect(relativeTime("2026-03-04T09:55:30Z", now)).toBe("4 min ago");
    expect(relativeTime("2026-03-04T12:00:00Z", now)).toBe("in 2 h");
    expect(relativeTime("2026-03-11T09:59:57Z", now)).toBe("in 7 d");
    expect(relativeTime("2026-03-04T09:59:30Z", now)).not.toMatch(/\d/);
  });

  it("as durations have one unit", () => {
    expect([310, 2400, 240_000, 90_000_000].map(duration)).toEqual(["310 ms", "2.4 s", "4 min", "1.0 d"]);
  });
});
