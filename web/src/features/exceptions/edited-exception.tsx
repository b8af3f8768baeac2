import { type ReactNode, useState } from "react";
import type { ExceptionRecord, SuggestedDraft } from "#contracts/exception";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { DeniedPage } from "../../ui/denied-page.tsx";
import { LoadedPage } from "../../ui/loaded-page.tsx";
import { TextLink } from "../../ui/page.tsx";
import { EmptyState, LoadingState } from "../../ui/state.tsx";
import { draftOf } from "./stored-draft.ts";

/** Loads a saved exception to be edited, with the values of the alert that it was written from, if that is there. */
export function EditedException({
  id,
  children,
}: {
  readonly id: string;
  readonly children: (suggested: SuggestedDraft, replaces: ExceptionRecord) => ReactNode;
}) {
  const denial = useDenial("author");
  const stored = useRoute("exception", { params: { id } }, { freshFor: 60_000 });
  if (denial !== undefined) {
    return <DeniedPage title="Edit exception" denial={denial} />;
  }
  return (
    <LoadedPage
      query={stored}
      kind="Exception"
      name="Edit exception"
      back={{ to: `/exceptions/${encodeURIComponent(id)}`, text: "Back to exception" }}
    >
      {(record) =>
        record.deletedAt === undefined ? (
          <Opened record={record}>{children}</Opened>
        ) : (
          <EmptyState
            title="This exception was deleted"
            reason="Its history and what it hid are still on its page."
            action={<TextLink to={`/exceptions/${encodeURIComponent(id)}`}>Back to exception</TextLink>}
          />
        )
      }
    </LoadedPage>
  );
}

/** The exception as it was when the page opened: what others do to it meanwhile must not replace what is typed. */
function Opened({
  record,
  children,
}: {
  readonly record: ExceptionRecord;
  readonly children: (suggested: SuggestedDraft, replaces: ExceptionRecord) => ReactNode;
}) {
  const [opened] = useState(record);
  const { fromAlert } = opened;
  const values = useRoute(
    "exceptionDraft",
    { params: { id: fromAlert ?? "" } },
    { enabled: fromAlert !== undefined, freshFor: 60_000 },
  );
  if (fromAlert !== undefined && values.isPending) {
    return <LoadingState label="Loading the values of the source alert" rows={10} />;
  }
  return children({ draft: draftOf(opened), because: [], fields: values.data?.fields ?? [] }, opened);
}
