import { render, screen } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { createMemoryRouter, Link, RouterProvider, useSearchParams } from "react-router";
import { describe, expect, it } from "vitest";
import { useLeaving } from "./use-leaving.ts";

function Start({ offer }: { readonly offer: (late: () => void) => void }) {
  const [, setSearch] = useSearchParams();
  const isLeaving = useLeaving();
  offer(() => !isLeaving() && setSearch({ late: "1" }));
  return (
    <>
      <Link to="/other">leave</Link>
      <Link to="/?here=1">stay</Link>
    </>
  );
}

/** A page whose address changes late, when the test says, and another page that is loaded when it is opened. */
function open(other: Promise<void>) {
  let late: () => void = () => undefined;
  const lazy = async () => {
    await other;
    return { element: <p>the other page</p> };
  };
  const router = createMemoryRouter([
    { path: "/", element: <Start offer={(made) => (late = made)} /> },
    { path: "/other", lazy },
  ]);
  render(<RouterProvider router={router} useTransitions={false} />);
  const { location } = router.state;
  return {
    user: userEvent.setup({ delay: null }),
    late: () => late(),
    forward: (to: string) => router.navigate(to),
    back: () => router.navigate(-1),
    address: () => `${router.state.location.pathname}${router.state.location.search}`,
    isAtStart: () => router.state.location === location,
  };
}

describe("a late change of the address", () => {
  it("does not end the way to another page that is still loading", async () => {
    const other = Promise.withResolvers<void>();
    const page = open(other.promise);
    await page.user.click(await screen.findByRole("link", { name: "leave" }));
    expect(page.isAtStart()).toBe(true);
    page.late();
    other.resolve();
    expect(await screen.findByText("the other page")).toBeDefined();
    expect(page.address()).toBe("/other");
  });

  it("does not change the entry of the history that somebody goes back to", async () => {
    const page = open(Promise.resolve());
    await page.user.click(await screen.findByRole("link", { name: "stay" }));
    const arrived = page.back();
    page.late();
    await arrived;
    expect(page.address()).toBe("/");
    // Once the page shows that entry, it may change it.
    await expect
      .poll(() => {
        page.late();
        return page.address();
      })
      .toBe("/?late=1");
  });

  it("does not change an entry of the history that is being opened on the same page", async () => {
    const page = open(Promise.resolve());
    await screen.findByRole("link", { name: "stay" });
    const arrived = page.forward("/?here=1");
    page.late();
    await arrived;
    expect(page.address()).toBe("/?here=1");
  });

  it("is made on the same page, also after a change of its own address", async () => {
    const page = open(Promise.resolve());
    await page.user.click(await screen.findByRole("link", { name: "stay" }));
    expect(page.address()).toBe("/?here=1");
    page.late();
    await expect.poll(page.address).toBe("/?late=1");
  });
});
