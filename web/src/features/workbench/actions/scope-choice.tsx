import { Radio, Stack } from "@mantine/core";
import { VisibleText } from "../../../ui/command-line.tsx";
import classes from "./dialogs.module.css";
import { type ScopeOption, scopeWords } from "./scopes.ts";
import type { TransitionForm } from "./use-transition-form.ts";

/** What a change of status is about, each with the number of alerts that change. */
export function ScopeChoice({ form: { options, scope, setScope } }: { readonly form: TransitionForm }) {
  if (options.length < 2) {
    return null;
  }
  return (
    <Radio.Group
      label="Applies to"
      value={scope?.kind ?? null}
      onChange={(value) => setScope(options.find(({ kind }) => kind === value)?.kind)}
    >
      <Stack gap={6} mt={6}>
        {options.map((option) => (
          <Radio
            key={option.kind}
            size="sm"
            value={option.kind}
            disabled={option.count === 0}
            label={
              <span className={classes.scope}>
                <VisibleText text={option.label} />
                <span>{scopeWords(option)}</span>
              </span>
            }
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

/** "incident", "alerts of the process" or "alert": what the title of a dialog says is changed. */
export function scopeNoun(scope: ScopeOption | undefined): string {
  return scope === undefined || scope.kind === "alert"
    ? "alert"
    : scope.kind === "incident"
      ? "incident"
      : "alerts of the process";
}

/** "33 alerts" for a button; a single one needs no number. */
export function scopeCount(scope: ScopeOption | undefined): string {
  return scope === undefined || scope.count === 1 ? "alert" : scopeWords(scope);
}
