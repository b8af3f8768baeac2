import { useDebouncedValue } from "@mantine/hooks";
import type { ExceptionDraft } from "#contracts/exception";
import { useRoute } from "../../api/queries.ts";
import { draftIdentity, incomplete } from "./draft.ts";

/** Delay between the last change and its dry run, in milliseconds. */
const PAUSE = 350;

/** The dry run of the draft, slightly behind the typing. `dryRun` is undefined unless it belongs to this very draft. */
export function useDryRun(draft: ExceptionDraft) {
  const [settled] = useDebouncedValue(draft, PAUSE);
  const run = useRoute(
    "exceptionDryRun",
    { body: settled },
    { enabled: incomplete(settled) === undefined, keep: true },
  );
  const isSettled = draftIdentity(settled) === draftIdentity(draft);
  const isCurrent = isSettled && !run.isPlaceholderData && run.data !== undefined;
  // Until the typing has settled, the dry run of the draft is still to come.
  return {
    run: { ...run, isFetching: run.isFetching || !isSettled },
    isCurrent,
    dryRun: isCurrent ? run.data : undefined,
  };
}
