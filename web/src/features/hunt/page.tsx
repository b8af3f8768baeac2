import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { useCancel, useRoute } from "../../api/queries.ts";
import { useBackToRow } from "../../ui/opened-row.ts";
import { Page } from "../../ui/page.tsx";
import { SavedViews } from "../../ui/saved-views.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import { QueryForm } from "./query-form.tsx";
import { Refused } from "./refused.tsx";
import { Result } from "./result.tsx";
import { buildHuntAddress, type HuntAddress, parseHuntAddress, windowOf } from "./url.ts";

/** Search over all stored events in any rule language. The address holds what is asked, and can be shared. */
export function HuntPage() {
  useBackToRow();
  const [search, setSearch] = useSearchParams();
  const address = useMemo(() => parseHuntAddress(search), [search]);
  const { language, query, time } = address;
  // A preset ends when the search is run, so that its result stays the same until it is run again.
  const [ranAt, setRanAt] = useState(() => Date.now());
  const window = useMemo(() => windowOf(time, ranAt), [time, ranAt]);
  const result = useRoute(
    "hunt",
    { body: { language, query: query === "" ? " " : query, ...window } },
    { enabled: query !== "" },
  );
  const cancel = useCancel("hunt");
  const change = (next: Partial<HuntAddress>) => setSearch(buildHuntAddress({ ...address, ...next }));
  const run = (next: Pick<HuntAddress, "language" | "query" | "time">) => {
    setRanAt(Date.now());
    const written = buildHuntAddress({ ...address, ...next });
    if (written.toString() === buildHuntAddress(address).toString() && next.time.kind !== "last") {
      void result.refetch();
    } else {
      setSearch(written);
    }
  };
  return (
    <Page title="Hunt">
      <QueryForm
        key={JSON.stringify([language, query, time])}
        asked={address}
        run={run}
        busy={result.isFetching}
        cancel={cancel}
      >
        <SavedViews page="hunt" address={buildHuntAddress(address).toString()} isSavable={query !== ""} />
      </QueryForm>
      {query !== "" && (
        <div aria-busy={result.isFetching}>
          {result.error?.details.status === 400 ? (
            <Refused query={query} error={result.error} />
          ) : (
            <LoadedWork query={result} route="hunt" label="Searching">
              {(data) => (
                <Result
                  data={data}
                  address={address}
                  window={window}
                  choose={(next) => change({ columns: [...next] })}
                />
              )}
            </LoadedWork>
          )}
        </div>
      )}
    </Page>
  );
}
