import { Textarea, type TextareaProps, TextInput, type TextInputProps } from "@mantine/core";
import { fromEditable, toEditable } from "./visible-text.ts";

/** Fields whose text may come from a log: invisible and reordering characters are shown and edited as `⟨U+202E⟩`. */

interface Value {
  readonly value: string;
  readonly change: (value: string) => void;
}

type Without<Props> = Omit<Props, "value" | "defaultValue" | "onChange">;

export function VisibleTextInput({ value, change, ...rest }: Value & Without<TextInputProps>) {
  return (
    <TextInput
      {...rest}
      value={toEditable(value)}
      onChange={(event) => change(fromEditable(event.currentTarget.value))}
    />
  );
}

/** Line breaks are part of the text. */
export function VisibleTextarea({ value, change, ...rest }: Value & Without<TextareaProps>) {
  return (
    <Textarea
      {...rest}
      value={toEditable(value, { lines: true })}
      onChange={(event) => change(fromEditable(event.currentTarget.value))}
    />
  );
}
