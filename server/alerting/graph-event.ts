import type { FieldValue } from "#contracts/event";
import type { StemmaEvent } from "../event/event.ts";
import type { LineageReader } from "../store/lineage/port.ts";

/** An event with the fields that only the graph knows, and whether the graph knows them. */
export interface GraphEvent {
  readonly event: StemmaEvent;
  readonly processKey: string | undefined;
  readonly known: boolean;
}

/** Completes an event by what the graph knows of the parent of its process's parent. */
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
