import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { HuntExportRequest } from "#contracts/hunt";
import { RequestError, request } from "../../api/client.ts";
import { InlineCode } from "../../ui/inline-code.tsx";
import { saveFile } from "../../ui/save-file.ts";
import classes from "./hunt.module.css";

type Format = HuntExportRequest["format"];

/** Events at most: the file is put together in the browser. */
const MOST = 500_000;
const types = { csv: "text/csv", ndjson: "application/x-ndjson" } as const satisfies Record<Format, string>;
const labels = { csv: "CSV", ndjson: "NDJSON" } as const satisfies Record<Format, string>;
const number = (value: number) => value.toLocaleString("en");

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "running"; readonly format: Format; readonly rows: number }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "done"; readonly rows: number; readonly isCut: boolean };

/** Writes all events of a search to a file, part by part, while the page stays usable. */
export function ExportButtons({
  request: search,
  total,
  isSequence,
}: {
  readonly request: Omit<HuntExportRequest, "format" | "cursor">;
  readonly total: number;
  readonly isSequence: boolean;
}) {
  const [state, setState] = useState<State>({ kind: "idle" });
  const running = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const start = async (format: Format) => {
    const abort = new AbortController();
    running.current = abort;
    setState({ kind: "running", format, rows: 0 });
    try {
      const file = await collect({ ...search, format }, abort.signal, (rows) =>
        setState({ kind: "running", format, rows }),
      );
      download(format, file.parts);
      setState({ kind: "done", rows: file.rows, isCut: file.isCut });
    } catch (error) {
      if (abort.signal.aborted) {
        setState({ kind: "idle" });
        return;
      }
      if (!(error instanceof RequestError)) {
        throw error;
      }
      setState({ kind: "failed", message: error.details.detail ?? error.details.title });
    }
  };

  if (isSequence) {
    return (
      <span className={classes.hint}>
        <InlineCode text="Sequences are exported by `stemma search --json`." />
      </span>
    );
  }
  return (
    <>
      {(["csv", "ndjson"] as const).map((format) => (
        <Button
          key={format}
          size="compact-xs"
          variant="default"
          disabled={state.kind === "running"}
          leftSection={<IconDownload size={14} aria-hidden />}
          onClick={() => void start(format)}
        >
          Export {labels[format]}
        </Button>
      ))}
      {state.kind === "running" && (
        <Button size="compact-xs" variant="default" onClick={() => running.current?.abort()}>
          Cancel export
        </Button>
      )}
      <span className={classes.hint} role={state.kind === "failed" ? "alert" : "status"}>
        {sentenceOf(state, total)}
      </span>
    </>
  );
}

function sentenceOf(state: State, total: number): string {
  switch (state.kind) {
    case "idle":
      return total > MOST ? `A file has the first ${number(MOST)} of ${number(total)} events, oldest first.` : "";
    case "running":
      return `${labels[state.format]}: ${number(state.rows)} of ${number(Math.min(total, MOST))} events`;
    case "failed":
      return `The file was not written: ${state.message}`;
    case "done":
      return `${number(state.rows)} events were written, oldest first${state.isCut ? `; there are more than ${number(MOST)}, narrow the search for the others` : ""}.`;
  }
}

async function collect(search: HuntExportRequest, signal: AbortSignal, onRows: (rows: number) => void) {
  const parts: string[] = [];
  let rows = 0;
  let cursor: string | undefined;
  do {
    const body = cursor === undefined ? search : { ...search, cursor };
    const part = await request("huntExport", { body, signal });
    signal.throwIfAborted();
    parts.push(part.text);
    rows += part.rows;
    cursor = part.next;
    onRows(rows);
  } while (cursor !== undefined && rows < MOST);
  return { parts, rows, isCut: cursor !== undefined };
}

function download(format: Format, parts: readonly string[]): void {
  // Spreadsheets read a file without this mark in the code page of the machine.
  const content = format === "csv" ? ["\ufeff", ...parts] : [...parts];
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  saveFile(`events-${time}.${format}`, types[format], content);
}
