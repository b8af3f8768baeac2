import { useCallback, useEffect, useMemo, useRef } from "react";
import type { ListedProposal } from "#contracts/proposal";
import { type Command, useCommands } from "../../keyboard/commands.tsx";
import { ProposalRow } from "./proposal-row.tsx";
import classes from "./proposals.module.css";

/** Proposals, one below the other. `j` and `k` move between them. */
export function ProposalList({
  proposals,
  denial,
}: {
  readonly proposals: readonly ListedProposal[];
  readonly denial: string | undefined;
}) {
  const list = useRef<HTMLOListElement>(null);
  const last = useRef<{ readonly element: Element; readonly place: number }>(undefined);
  const focus = useCallback((place: number) => {
    const row = list.current?.children[Math.min(place, list.current.children.length - 1)];
    row?.querySelector("article")?.focus();
  }, []);

  // A proposal that was decided on takes the focus with it: the next one gets it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only another list of proposals takes elements away.
  useEffect(() => {
    if (document.activeElement === document.body && last.current?.element.isConnected === false) {
      focus(last.current.place);
    }
  }, [proposals, focus]);
  useListCommands(focus, () => last.current?.place);

  return (
    <ol className={classes.list} ref={list} aria-label="Proposals">
      {proposals.map((proposal, place) => (
        <li
          key={proposal.id}
          onFocus={({ target }) => {
            last.current = { element: target, place };
          }}
        >
          <ProposalRow proposal={proposal} denial={denial} />
        </li>
      ))}
    </ol>
  );
}

function useListCommands(focus: (place: number) => void, current: () => number | undefined): void {
  const place = useRef(current);
  place.current = current;
  const commands = useMemo<readonly Command[]>(() => {
    const group = "Proposals";
    return [
      {
        id: "proposals-next",
        title: "Next proposal",
        group,
        keys: ["j"],
        run: () => focus((place.current() ?? -1) + 1),
      },
      {
        id: "proposals-previous",
        title: "Previous proposal",
        group,
        keys: ["k"],
        run: () => focus(Math.max(0, (place.current() ?? 0) - 1)),
      },
    ];
  }, [focus]);
  useCommands(commands);
}
