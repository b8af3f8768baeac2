import { screen } from "@testing-library/react";
import type { Handlers } from "../../test/fake-api.ts";
import { alertSummary } from "../../test/fixtures/alert.ts";
import { incident, me, queuePage } from "../../test/fixtures/queue.ts";
import { renderPage } from "../../test/render-page.tsx";
import { QueuePage } from "./page.tsx";

export const rank = { score: 42.4, rules: 2, severity: "high", hosts: 2, alerts: 3, rarity: 1 } as const;
export const counts = { open: 3, acknowledged: 0, escalated: 0, closed: 0 };
/** A row of three alerts. */
export const three = incident("a", 3, { rank, counts, status: "open", similar: { total: 1204, benign: 39 } });
/** A row of one alert. */
export const single = incident("b", 1, { title: alertSummary.rule.name, similar: { total: 10, benign: 0 } });

/** The page of the queue with these two rows. */
export const open = (handlers: Handlers = {}, search = "") =>
  renderPage(<QueuePage />, {
    path: "/queue",
    at: `/queue${search}`,
    api: {
      me: () => me,
      ruleNames: () => ({ items: [alertSummary.rule], total: 1 }),
      queue: () => queuePage([three, single]),
      batches: () => ({ items: [], total: 0 }),
      ...handlers,
    },
  });
export const row = (name: string) => screen.findByRole("article", { name });
export const select = (name: RegExp) => screen.findByRole<HTMLInputElement>("checkbox", { name });
