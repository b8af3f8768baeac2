import { Button, Group, SegmentedControl } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { languages, ruleLanguage } from "#contracts/language";
import { useRoving } from "../../keyboard/roving.ts";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import { examples } from "./examples.ts";
import classes from "./hunt.module.css";
import { TimeRange } from "./time-choice.tsx";
import type { HuntAddress } from "./url.ts";

type Asked = Pick<HuntAddress, "language" | "query" | "time">;

/** What to search for, in which language and time. */
export function QueryForm({
  asked,
  run,
  busy,
  cancel,
  children,
}: {
  readonly asked: Asked;
  readonly run: (next: Asked) => void;
  readonly busy: boolean;
  readonly cancel: () => void;
  /** Further controls at the end of the row. */
  readonly children: ReactNode;
}) {
  const [text, setText] = useState(asked.query);
  const [language, setLanguage] = useState(asked.language);
  const [time, setTime] = useState(asked.time);
  const roving = useRoving<HTMLDivElement>();
  const submit = () => text.trim() !== "" && run({ language, query: text, time });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <VisibleTextarea
        value={text}
        change={setText}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            submit();
          }
        }}
        autosize
        minRows={3}
        maxRows={14}
        spellCheck={false}
        aria-label="Query"
        placeholder={examples[language][0]}
        classNames={{ input: classes.query }}
      />
      <Group {...roving} gap="sm" mt={8}>
        <SegmentedControl
          size="xs"
          aria-label="Language"
          value={language}
          onChange={(value) => setLanguage(ruleLanguage.safeParse(value).data ?? "eql")}
          data={ruleLanguage.options.map((value) => ({ value, label: languages[value].label }))}
        />
        <TimeRange time={time} choose={setTime} />
        {busy ? (
          <Button size="xs" variant="default" onClick={cancel}>
            Cancel search
          </Button>
        ) : (
          <Button size="xs" type="submit" disabled={text.trim() === ""}>
            Search
          </Button>
        )}
        <span className={classes.hint}>Ctrl Enter to run</span>
        <span className={classes.rest}>{children}</span>
      </Group>
      {asked.query === "" && (
        <div className={classes.examples}>
          <span>Examples</span>
          {examples[language].map((example) => (
            <button
              key={example}
              type="button"
              className="code"
              onClick={() => run({ language, query: example, time })}
            >
              {example}
            </button>
          ))}
        </div>
      )}
    </form>
  );
}
