import type { EventView } from "#contracts/event";
import { VisibleText } from "../../../ui/command-line.tsx";

const summaryFields = [
  "destination.ip",
  "destination.port",
  "dns.question.name",
  "file.path",
  "registry.path",
  "registry.data.strings",
  "dll.path",
  "Target.process.executable",
  "process.command_line",
  "winlog.event_data.TargetUserName",
  "user.name",
  "source.ip",
  "event.action",
];

/** An event in one line: its first three values among `summaryFields`. */
export function EventText({ event }: { readonly event: EventView }) {
  const parts = summaryFields.flatMap((field) => {
    const value = Object.hasOwn(event.fields, field) ? event.fields[field] : undefined;
    return value === undefined ? [] : [String(value)];
  });
  return (
    <code>
      <VisibleText text={[...new Set(parts)].slice(0, 3).join("  ").slice(0, 600)} />
    </code>
  );
}
