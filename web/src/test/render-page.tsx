import { MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { expect, onTestFinished, vi } from "vitest";
import type { Change } from "#contracts/changes";
import type { Role } from "#contracts/roles";
import { Rereads } from "../api/live/rereads.ts";
import { createQueryClient } from "../api/query-client.ts";
import { CommandProvider } from "../keyboard/commands.tsx";
import { cssVariables, theme } from "../ui/theme.ts";
import { TimeProvider } from "../ui/time.tsx";
import { type FakeApi, fakeApi, type Handlers } from "./fake-api.ts";
import { me, meAs } from "./fixtures/queue.ts";

/** Where a component is rendered: `path` is the pattern of its route, `at` the address; both default to `/`. */
interface PageOptions {
  readonly api?: Handlers;
  readonly path?: string;
  readonly at?: string;
  /** The role of the person who is signed in; an administrator if absent. */
  readonly as?: Role;
}

/**
 * Renders a component inside everything that `main.tsx` puts around a page, in front of a fake API. Elements are found
 * with `screen` by role and name; `user` types and clicks. Requests are not retried, so that failures show at once.
 */
export function renderPage(
  element: ReactNode,
  { api: handlers = {}, path = "/", at = path, as: role }: PageOptions = {},
) {
  const api: FakeApi = fakeApi({ me: () => me, ...handlers, ...(role && { me: () => meAs(role) }) });
  vi.stubGlobal("fetch", api.fetch);
  const client = createQueryClient({ retry: false, staleTime: 5000 });
  const rereads = new Rereads(client);
  const router = createMemoryRouter(
    [
      { path, element: <main id="page">{element}</main> },
      { path: "*", element: <p>another page</p> },
    ],
    { initialEntries: [at] },
  );
  render(
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} env="test">
      <QueryClientProvider client={client}>
        <TimeProvider>
          <CommandProvider>
            <Notifications />
            <RouterProvider router={router} useTransitions={false} />
          </CommandProvider>
        </TimeProvider>
      </QueryClientProvider>
    </MantineProvider>,
  );
  onTestFinished(() => {
    notifications.clean();
    rereads.close();
    client.clear();
    expect(api.mistakes).toEqual([]);
  });
  return {
    user: userEvent.setup({ delay: null, pointerEventsCheck: 0 }),
    /** Sets the text of a field at once, which is much faster than typing it. */
    fill: (field: HTMLElement, value: string) => fireEvent.change(field, { target: { value } }),
    api,
    /** What the stream of changes says. */
    hear: (...changes: readonly Change[]) => rereads.changed(changes),
    /** Path and query of the current address. */
    address: () => `${router.state.location.pathname}${router.state.location.search}`,
  };
}
