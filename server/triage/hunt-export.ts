import { recordLabel } from "#contracts/event-source";
import { type HuntColumn, type HuntExportPart, type HuntExportRequest, huntColumn } from "#contracts/hunt";
import type { RequestProblem } from "#contracts/problem";
import type { WorkProgress } from "#contracts/work";
import type { QueryContext } from "../detection/rule-languages.ts";
import { type StemmaEvent, valuesOf } from "../event/event.ts";
import { happeningOf } from "../event/happening.ts";
import { csvLine } from "../lib/csv.ts";
import { decodeCursor, encodeCursor } from "../lib/cursor.ts";
import { fail, ok, type Result } from "../lib/result.ts";
import type { Store } from "../store/port.ts";
import { eventView } from "./event-view.ts";
import { huntSearch } from "./hunt.ts";

/** A part ends after so many events, or so many characters: it is a message between threads, and a response. */
const MOST_ROWS = 5_000;
const MOST_CHARACTERS = 4_000_000;
/** Between several values of a field. */
const SEPARATOR = "; ";

/**
 * Events of a search as lines of a file, oldest first, from where the preceding part ended: nothing is kept between two
 * parts, however long the file is. See docs/decisions/0058. Problems: those of a search, `request.invalid-cursor`.
 */
export async function huntExportOf(
  store: Pick<Store, "events">,
  request: HuntExportRequest,
  { macros, onProgress }: Pick<QueryContext, "macros"> & { readonly onProgress?: (progress: WorkProgress) => void },
): Promise<Result<HuntExportPart, RequestProblem>> {
  const search = huntSearch(request, { macros });
  if (!search.ok) {
    return search;
  }
  if (search.value.kind === "sequences") {
    return fail({
      code: "query.not-supported",
      message: "Sequences are not exported.",
      remedy: "stemma search --json prints them with their events.",
    });
  }
  // How many matches of that time are in the parts before: events that arrive meanwhile come after them.
  const [time, already] = decodeCursor(request.cursor, ["number", "number"]) ?? [undefined, 0];
  const { condition, window } = search.value;
  const lineOf = writer(request);
  const lines: string[] = time === undefined && request.format === "csv" ? [csvLine(request.columns)] : [];
  let place = { time: time ?? Number.NEGATIVE_INFINITY, count: 0 };
  let [rows, characters] = [0, 0];
  for await (const batch of store.events.scan({
    condition,
    ...window,
    ...(time === undefined ? {} : { from: time }),
  })) {
    for (const event of batch) {
      if (rows >= MOST_ROWS || characters >= MOST_CHARACTERS) {
        return ok({ text: lines.join(""), rows, next: encodeCursor([place.time, place.count]) });
      }
      place = { time: event.time, count: event.time === place.time ? place.count + 1 : 1 };
      if (event.time !== time || place.count > already) {
        const line = lineOf(event);
        lines.push(line);
        rows += 1;
        characters += line.length;
      }
    }
    onProgress?.({ done: rows, unit: "events" });
  }
  return ok({ text: lines.join(""), rows });
}

function writer({ format, columns }: HuntExportRequest): (event: StemmaEvent) => string {
  return format === "csv"
    ? (event) => csvLine(columns.map((column) => cellOf(event, column)))
    : (event) => {
        const { id, time, fields, source } = eventView(event, undefined);
        return `${JSON.stringify({ id, time, ...happeningOf(fields), fields, source })}\n`;
      };
}

const special: Readonly<Record<HuntColumn, (event: StemmaEvent) => string>> = {
  time: ({ time }) => new Date(time).toISOString(),
  what: ({ fields }) => happeningOf(fields).what,
  summary: ({ fields }) => happeningOf(fields).summary,
  source: ({ source }) => recordLabel(source),
};

function cellOf(event: StemmaEvent, column: string): string {
  const own = huntColumn.safeParse(column);
  return own.success ? special[own.data](event) : valuesOf(event.fields, column).map(String).join(SEPARATOR);
}
