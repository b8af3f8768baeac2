import { createBrowserRouter, Navigate } from "react-router";
import { Shell } from "./shell/shell.tsx";
import { EmptyState } from "./ui/state.tsx";

/** URL = what you see. Each feature is one lazily loaded chunk. */
export const router = createBrowserRouter([
  {
    path: "/",
    element: <Shell />,
    children: [
      { index: true, element: <Navigate to="/queue" replace /> },
      {
        path: "*",
        element: (
          <EmptyState
            title="There is no such page"
            reason="The address leads nowhere in Stemma. The rail on the left has all pages."
          />
        ),
      },
    ],
  },
]);
