import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./ui/tokens.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { RequestError } from "./api/client.ts";
import { createQueryClient } from "./api/query-client.ts";
import { CommandProvider } from "./keyboard/commands.tsx";
import { router } from "./routes.tsx";
import { cssVariables, theme } from "./ui/theme.ts";
import { TimeProvider } from "./ui/time.tsx";

const client = createQueryClient({
  staleTime: 5000,
  // Only an unreachable server is worth retrying; a refusal would be the same.
  retry: (failures, error) => error instanceof RequestError && error.details.status === 0 && failures < 2,
  refetchOnWindowFocus: true,
});

const nonce = document.querySelector<HTMLMetaElement>("meta[name=csp-nonce]")?.content ?? "";
// The scroll lock of Mantine's dialogs adds a style element and reads its nonce from this global.
Object.assign(globalThis, { __webpack_nonce__: nonce });
const root = document.getElementById("root");
if (root === null) {
  throw new Error("index.html has no #root");
}

createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={client}>
        <TimeProvider>
          <CommandProvider>
            <Notifications position="bottom-right" />
            {/* The URL holds the view state, so a key press must take effect before the next one. */}
            <RouterProvider router={router} useTransitions={false} />
          </CommandProvider>
        </TimeProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
