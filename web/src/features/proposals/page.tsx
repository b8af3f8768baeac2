import { Button } from "@mantine/core";
import { useSearchParams } from "react-router";
import type { ProposalState } from "#contracts/proposal";
import { useDenial } from "../../api/permission.ts";
import { useRoute } from "../../api/queries.ts";
import { Page, TextLink } from "../../ui/page.tsx";
import { PageTabs, usePageTab } from "../../ui/page-tabs.tsx";
import { Pager } from "../../ui/pager.tsx";
import { PermissionNote } from "../../ui/permission-note.tsx";
import { EmptyState, Loaded } from "../../ui/state.tsx";
import { ProposalList } from "./proposal-list.tsx";
import classes from "./proposals.module.css";

const states = [
  { id: "open", title: "Open" },
  { id: "taken", title: "Taken" },
  { id: "dismissed", title: "Dismissed" },
  { id: "withdrawn", title: "Withdrawn" },
  { id: "all", title: "All" },
] as const satisfies readonly { readonly id: ProposalState | "all"; readonly title: string }[];
type Shown = (typeof states)[number]["id"];

const pageSize = 50;

/** What programs and people propose, on all alerts. State and page are in the URL. */
export function ProposalsPage() {
  const shown = usePageTab<Shown>(states, "state");
  const [search, setSearch] = useSearchParams();
  const cursor = search.get("cursor") ?? undefined;
  const state = shown === "all" ? undefined : shown;
  const proposals = useRoute(
    "proposals",
    { query: { state, cursor, limit: pageSize } },
    { fallback: 15_000, keep: true },
  );
  const turn = (to: string | undefined) => {
    const next = new URLSearchParams(search);
    next.delete("cursor");
    setSearch(to === undefined ? next : { ...Object.fromEntries(next), cursor: to });
  };
  const denial = useDenial("decide");
  return (
    <Page
      title="Proposals"
      facts={
        <p className={classes.about}>
          Answers and exceptions that assistants and people propose. They count for nothing until a person takes them.
        </p>
      }
    >
      <PageTabs label="State" tabs={states} current={shown} parameter="state" />
      {denial !== undefined && <PermissionNote action="Deciding" denial={denial} />}
      <div aria-busy={proposals.isPlaceholderData || proposals.isPending}>
        <Loaded query={proposals} label="Loading proposals" rows={8}>
          {(page) =>
            page.items.length === 0 ? (
              <Nothing shown={shown} first={cursor === undefined ? undefined : () => turn(undefined)} />
            ) : (
              <>
                <ProposalList proposals={page.items} denial={denial} />
                <Pager page={page} isFirst={cursor === undefined} turn={turn} />
              </>
            )
          }
        </Loaded>
      </div>
    </Page>
  );
}

const none: Readonly<Record<Shown, readonly [title: string, reason: string]>> = {
  open: ["No open proposals", "Nothing waits for a decision. What was decided is under the other states."],
  taken: ["No proposals taken", "Nobody has taken a proposed answer or saved a proposed exception yet."],
  dismissed: ["No proposals dismissed", "Nobody has dismissed a proposal yet."],
  withdrawn: ["No proposals withdrawn", "No proposal was withdrawn or replaced by a newer one yet."],
  all: ["No proposals yet", "An assistant with a service token of the scope `propose` leaves them here."],
};

function Nothing({ shown, first }: { readonly shown: Shown; readonly first: (() => void) | undefined }) {
  const [title, reason] = none[shown];
  return first === undefined ? (
    <EmptyState title={title} reason={reason} action={<TextLink to="/queue">Go to queue</TextLink>} />
  ) : (
    <EmptyState
      title="Nothing on this page any more"
      reason="What was here has been decided meanwhile."
      action={
        <Button size="xs" variant="default" onClick={first}>
          First page
        </Button>
      }
    />
  );
}
