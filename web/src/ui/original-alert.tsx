import { Radio, Stack } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import type { AlertSummary } from "#contracts/alert";
import { useRoute } from "../api/queries.ts";
import { VisibleText } from "./command-line.tsx";
import { ErrorState } from "./state.tsx";
import { VisibleTextInput } from "./visible-input.tsx";

/** Alerts that are offered. */
const MOST = 8;
/** Milliseconds without typing before a search. */
const PAUSE = 250;
const LEAST = 2;

interface Candidate {
  readonly id: string;
  readonly label: string;
  readonly detail?: string;
}

/** The alert that a duplicate repeats: of the same rule and host, found by words, or by its id or address. */
export function OriginalAlert({
  like,
  isClosedToo = () => false,
  value,
  change,
}: {
  /** The alert that is closed, if it is one. */
  readonly like?: Pick<AlertSummary, "id" | "rule" | "host">;
  /** Whether an alert is among those that are closed. */
  readonly isClosedToo?: (alert: AlertSummary) => boolean;
  readonly value: string | undefined;
  readonly change: (id: string | undefined) => void;
}) {
  const [text, setText] = useState("");
  const { candidates, error, isLoading } = useCandidates(text, like, isClosedToo);
  return (
    <Stack gap={6}>
      <VisibleTextInput
        label="Duplicate of"
        description="Words of the other alert, its id, or the address of its page."
        required
        value={text}
        change={(next) => {
          setText(next);
          change(undefined);
        }}
      />
      {error !== null && <ErrorState error={error} />}
      <Radio.Group aria-label="The other alert" value={value ?? null} onChange={change}>
        <Stack gap={6}>
          {candidates.map(({ id, label, detail }) => (
            <Radio
              key={id}
              size="sm"
              value={id}
              label={<VisibleText text={label} />}
              description={detail === undefined ? undefined : <VisibleText text={detail} />}
            />
          ))}
        </Stack>
      </Radio.Group>
      {candidates.length === 0 && !isLoading && (
        <p role="status">{text.trim() === "" ? "No other alert of this rule on this host." : "No alert found."}</p>
      )}
    </Stack>
  );
}

function useCandidates(
  text: string,
  like: Pick<AlertSummary, "id" | "rule" | "host"> | undefined,
  isClosedToo: (alert: AlertSummary) => boolean,
) {
  const [asked] = useDebouncedValue(text.trim(), PAUSE);
  const isSearch = asked.length >= LEAST;
  const near = useRoute(
    "queue",
    {
      query: {
        ...{ group: "none", sort: "latest", status: ["open", "acknowledged", "escalated", "closed"], limit: 50 },
        ...{ rule: like === undefined ? [] : [like.rule.id], host: like === undefined ? [] : [like.host] },
      },
    },
    { enabled: like !== undefined && !isSearch },
  );
  const found = useRoute("find", { query: { q: asked } }, { enabled: isSearch, keep: true });
  const used = isSearch ? found : near;
  const alerts = near.data?.items.flatMap((item) => item.alerts) ?? [];
  const listed: readonly Candidate[] = isSearch
    ? (found.data?.groups.find(({ kind }) => kind === "alert")?.items ?? []).map(({ id, label, detail }) => ({
        ...{ id, label },
        ...(detail === undefined ? {} : { detail }),
      }))
    : like === undefined
      ? []
      : alerts.filter((alert) => !isClosedToo(alert)).map(candidateOf);
  const typed = idIn(text);
  const own: readonly Candidate[] =
    typed === undefined || listed.some(({ id }) => id === typed) ? [] : [{ id: typed, label: `Alert ${typed}` }];
  return {
    candidates: [...own, ...listed.filter(({ id }) => id !== like?.id)].slice(0, MOST),
    error: used.error,
    isLoading: used.isLoading,
  };
}

function candidateOf({ id, rule, host, time, status, process }: AlertSummary): Candidate {
  const what = process.commandLine ?? process.name ?? "no process";
  return {
    id,
    label: `${rule.name}, ${time.slice(0, 19).replace("T", " ")}, ${status}`,
    detail: `${host}: ${what.slice(0, 200)}`,
  };
}

/** The id in what was typed or pasted: an id alone, or the address of an alert. */
function idIn(text: string): string | undefined {
  const trimmed = text.trim();
  const [, encoded] = trimmed.split("/alerts/");
  const id = encoded === undefined ? trimmed : (encoded.split(/[/?#]/)[0] ?? "");
  return /^[A-Za-z0-9_-]{16,100}$/.test(id) ? id : undefined;
}
