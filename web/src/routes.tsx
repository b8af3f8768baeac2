import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { PageFailure } from "./shell/page-failure.tsx";
import { Shell } from "./shell/shell.tsx";
import { loadChunk } from "./ui/chunk.tsx";
import { Page, TextLink } from "./ui/page.tsx";
import { EmptyState, LoadingState } from "./ui/state.tsx";

/** Routes with a page in place of each that could not be loaded or failed, instead of the router's own. */
function withFailure(routes: readonly RouteObject[]): RouteObject[] {
  return [
    {
      errorElement: <PageFailure />,
      children: routes.map((route) => {
        const { lazy } = route;
        return typeof lazy === "function" ? { ...route, lazy: () => loadChunk<Chunk>(lazy) } : route;
      }),
    },
  ];
}

type Chunk = Awaited<ReturnType<Extract<RouteObject["lazy"], () => unknown>>>;

/** The routes of the web app. Each feature is a lazily loaded chunk. */
export const routes = withFailure([
  {
    path: "/sign-in",
    HydrateFallback: () => <LoadingState label="Loading Stemma" />,
    lazy: async () => ({ Component: (await import("./sign-in/page.tsx")).SignInPage }),
  },
  {
    path: "/",
    element: <Shell />,
    HydrateFallback: () => <LoadingState label="Loading Stemma" />,
    children: withFailure([
      { index: true, element: <Navigate to="/queue" replace /> },
      { path: "queue", lazy: async () => ({ Component: (await import("./features/queue/page.tsx")).QueuePage }) },
      {
        path: "alerts/:id",
        lazy: async () => ({ Component: (await import("./features/workbench/page.tsx")).WorkbenchPage }),
      },
      {
        path: "incidents/:key",
        lazy: async () => ({
          Component: (await import("./features/workbench/incident/incident-page.tsx")).IncidentPage,
        }),
      },
      { path: "hosts", lazy: async () => ({ Component: (await import("./features/pivot/hosts.tsx")).HostsPage }) },
      { path: "hosts/:key", lazy: async () => ({ Component: (await import("./features/pivot/host.tsx")).HostPage }) },
      { path: "users", lazy: async () => ({ Component: (await import("./features/pivot/users.tsx")).UsersPage }) },
      { path: "users/:key", lazy: async () => ({ Component: (await import("./features/pivot/user.tsx")).UserPage }) },
      {
        path: "sessions/:key",
        lazy: async () => ({ Component: (await import("./features/pivot/session.tsx")).SessionPage }),
      },
      { path: "hunt", lazy: async () => ({ Component: (await import("./features/hunt/page.tsx")).HuntPage }) },
      { path: "rules", lazy: async () => ({ Component: (await import("./features/rules/list.tsx")).RulesPage }) },
      {
        path: "rules/new",
        lazy: async () => ({ Component: (await import("./features/rules/editor-page.tsx")).RuleEditorPage }),
      },
      {
        path: "rules/report",
        lazy: async () => ({ Component: (await import("./features/rules/report.tsx")).RuleReportPage }),
      },
      {
        path: "rules/folders",
        lazy: async () => ({ Component: (await import("./features/rules/folders.tsx")).RuleFoldersPage }),
      },
      {
        path: "rules/compare",
        lazy: async () => ({ Component: (await import("./features/rules/compare.tsx")).ComparePage }),
      },
      { path: "rules/:id", lazy: async () => ({ Component: (await import("./features/rules/detail.tsx")).RulePage }) },
      {
        path: "exceptions",
        lazy: async () => ({ Component: (await import("./features/exceptions/list-page.tsx")).ExceptionsPage }),
      },
      {
        path: "exceptions/new",
        lazy: async () => ({
          Component: (await import("./features/exceptions/builder-page.tsx")).ExceptionBuilderPage,
        }),
      },
      {
        path: "exceptions/lists",
        lazy: async () => ({ Component: (await import("./features/exceptions/lists-page.tsx")).ValueListsPage }),
      },
      {
        path: "exceptions/:id",
        lazy: async () => ({ Component: (await import("./features/exceptions/exception-page.tsx")).ExceptionPage }),
      },
      {
        path: "proposals",
        lazy: async () => ({ Component: (await import("./features/proposals/page.tsx")).ProposalsPage }),
      },
      {
        path: "playbooks",
        lazy: async () => ({ Component: (await import("./features/playbooks/page.tsx")).PlaybooksPage }),
      },
      {
        path: "playbooks/new",
        lazy: async () => ({ Component: (await import("./features/playbooks/editor-page.tsx")).NewPlaybookPage }),
      },
      {
        path: "playbooks/:id/edit",
        lazy: async () => ({ Component: (await import("./features/playbooks/editor-page.tsx")).EditPlaybookPage }),
      },
      {
        path: "playbooks/:id",
        lazy: async () => ({ Component: (await import("./features/playbooks/detail.tsx")).PlaybookPage }),
      },
      { path: "report", lazy: async () => ({ Component: (await import("./features/report/page.tsx")).ReportPage }) },
      { path: "ingest", lazy: async () => ({ Component: (await import("./features/ingest/page.tsx")).IngestPage }) },
      { path: "people", lazy: async () => ({ Component: (await import("./features/people/page.tsx")).PeoplePage }) },
      {
        path: "settings",
        lazy: async () => ({ Component: (await import("./features/settings/page.tsx")).SettingsPage }),
      },
      { path: "audit", lazy: async () => ({ Component: (await import("./features/audit/page.tsx")).AuditPage }) },
      {
        path: "*",
        element: (
          <Page title="Page not found">
            <EmptyState
              title="This address does not exist"
              reason="The link may be outdated or incomplete."
              action={<TextLink to="/queue">Go to queue</TextLink>}
            />
          </Page>
        ),
      },
    ]),
  },
]);

export const router = createBrowserRouter(routes);
