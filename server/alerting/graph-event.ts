import type { FieldValue } from "#contracts/event";
import type { StemmaEvent } from "../event/event.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** An event with the fields that only the process graph can supply. See docs/decisions/0014. */
export interface GraphEvent {
  readonly event: StemmaEvent;
  readonly processKey: string | undefined;
  /** Whether the graph could supply them. */
  readonly known: boolean;
}

/** Adds the grandparent process to an event, as `process.parent.parent.*`. */
export async function withGraphFields(
  lineage: Pick<LineageReader, "processOf" | "ancestors">,
  event: StemmaEvent,
): Promise<GraphEvent> {
  const process = await lineage.processOf(event);
  const [, grandparent] = process === undefined ? [] : await lineage.ancestors(process.key, 2);
  const fields: Record<string, FieldValue> = Object.assign(Object.create(null), event.fields);
  const put = (name: string, value: FieldValue | undefined) => {
    if (value !== undefined) {
      fields[`process.parent.parent.${name}`] = value;
    }
  };
  put("executable", grandparent?.executable);
  put("name", grandparent?.name);
  put("command_line", grandparent?.commandLine);
  put("pid", grandparent?.pid);
  return { event: { ...event, fields }, processKey: process?.key, known: grandparent !== undefined };
}
