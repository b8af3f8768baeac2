import { useRouteError } from "react-router";
import { RequestError } from "../api/client.ts";
import { ChunkError, ChunkFailure } from "../ui/chunk.tsx";
import { Page } from "../ui/page.tsx";
import { ErrorState } from "../ui/state.tsx";

const reload = () => window.location.reload();

/** In place of a page that could not be loaded or failed; the frame around it stays. */
export function PageFailure() {
  const error = useRouteError();
  if (error instanceof ChunkError) {
    return (
      <Page title="Page not loaded">
        <ChunkFailure what="this page" recover={reload} />
      </Page>
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return (
    <Page title="Page failed">
      <ErrorState
        error={new RequestError({ title: "An error in the page", status: 0, detail: `Reload it to go on. ${detail}` })}
        retry={reload}
        retryWord="Reload"
      />
    </Page>
  );
}
