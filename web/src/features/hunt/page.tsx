import { Button, Group, SegmentedControl } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useSearchParams } from "react-router";
import type { EventView } from "#contracts/event";
import { recordLabel } from "#contracts/event-source";
import type { HuntResult } from "#contracts/hunt";
import { languages, type RuleLanguage, ruleLanguage } from "#contracts/language";
import type { RequestError } from "../../api/client.ts";
import { useRoute } from "../../api/queries.ts";
import { CommandLine } from "../../ui/command-line.tsx";
import { DecodedText, isEncodedField } from "../../ui/decoded.tsx";
import { FieldValue } from "../../ui/field-value.tsx";
import { Page, Section, Table } from "../../ui/page.tsx";
import { Moment } from "../../ui/time.tsx";
import { VisibleTextarea } from "../../ui/visible-input.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import classes from "./hunt.module.css";

const examples: Readonly<Record<RuleLanguage, readonly string[]>> = {
  eql: [
    'process where process.parent.name : "WmiPrvSE.exe"',
    'network where destination.port == 443 and process.name : "powershell.exe"',
    'any where event.code in ("4624", "4648") and user.name : "adm-*"',
    'any where stemma.decoded : ("*DownloadString*", "*FromBase64String*")',
  ],
  kql: [
    'process.parent.name : "WmiPrvSE.exe" and not user.name : svc-*',
    "event.code : (4624 or 4648) and user.name : adm-*",
  ],
  sigma: [
    [
      "title: Child process of the WMI provider host",
      "logsource:",
      "  product: windows",
      "  category: process_creation",
      "detection:",
      "  selection:",
      "    ParentImage|endswith: '\\WmiPrvSE.exe'",
      "  condition: selection",
    ].join("\n"),
  ],
  tstats: [
    "| tstats count min(_time) as firstTime from datamodel=Endpoint.Processes where Processes.process=*/node* by Processes.dest Processes.process",
  ],
};

const languageOf = (text: string | null): RuleLanguage => ruleLanguage.safeParse(text).data ?? "eql";

/** Search over all stored events in any rule language. The URL holds the query and can be shared. */
export function HuntPage() {
  const [search, setSearch] = useSearchParams();
  const language = languageOf(search.get("language"));
  const query = search.get("query") ?? "";
  const result = useRoute("hunt", { body: { language, query: query === "" ? " " : query } }, { enabled: query !== "" });
  return (
    <Page title="Hunt">
      <QueryForm
        key={`${language} ${query}`}
        language={language}
        query={query}
        run={(next, text) => setSearch({ language: next, query: text })}
        busy={result.isFetching}
      />
      {query !== "" && (
        <div aria-busy={result.isFetching}>
          {result.error?.details.status === 400 ? (
            <Refused query={query} error={result.error} />
          ) : (
            <LoadedWork query={result} route="hunt" label="Searching">
              {(data) => <Result data={data} />}
            </LoadedWork>
          )}
        </div>
      )}
    </Page>
  );
}

function QueryForm({
  language,
  query,
  run,
  busy,
}: {
  readonly language: RuleLanguage;
  readonly query: string;
  readonly run: (language: RuleLanguage, query: string) => void;
  readonly busy: boolean;
}) {
  const [text, setText] = useState(query);
  const [chosen, setChosen] = useState<RuleLanguage>(language);
  const submit = () => text.trim() !== "" && run(chosen, text);
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
        placeholder={examples[chosen][0]}
        classNames={{ input: classes.query }}
      />
      <Group gap="sm" mt={8}>
        <SegmentedControl
          size="xs"
          aria-label="Language"
          value={chosen}
          onChange={(value) => setChosen(languageOf(value))}
          data={ruleLanguage.options.map((value) => ({ value, label: languages[value].label }))}
        />
        <Button size="xs" type="submit" loading={busy} disabled={text.trim() === ""}>
          Search
        </Button>
        <span className={classes.hint}>Ctrl Enter to run</span>
      </Group>
      {query === "" && (
        <div className={classes.examples}>
          <span>Examples</span>
          {examples[chosen].map((example) => (
            <button key={example} type="button" className="code" onClick={() => run(chosen, example)}>
              {example}
            </button>
          ))}
        </div>
      )}
    </form>
  );
}

/** A syntax error with a caret below its position and the expected input. */
function Refused({ query, error }: { readonly query: string; readonly error: RequestError }) {
  const detail = error.details.detail ?? error.details.title;
  const place = /\(line (\d+), column (\d+)\)/.exec(detail);
  const [line, column] = [Number(place?.[1]), Number(place?.[2])];
  const written = query.split("\n")[line - 1];
  return (
    <div role="alert" className={classes.refused}>
      <p>
        <IconAlertTriangle size={16} aria-hidden />
        {detail}
      </p>
      {written !== undefined && (
        <pre>
          {written}
          {"\n"}
          {" ".repeat(column - 1)}
          <strong>^</strong>
        </pre>
      )}
    </div>
  );
}

const text = (event: EventView, name: string) => {
  const value = event.fields[name];
  return value === undefined ? undefined : String(typeof value === "object" ? value[0] : value);
};

const number = (value: number) => value.toLocaleString("en");

function Result({ data }: { readonly data: HuntResult }) {
  return (
    <Section
      title={`${data.exact ? "" : "At least "}${number(data.total)} ${data.total === 1 ? "event" : "events"}`}
      aside={[
        `${data.tested === 0 && data.total > 0 ? "answered from the index" : `${number(data.tested)} tested`} in ${number(data.milliseconds)} ms`,
        ...(data.truncationReason === undefined ? [] : [data.truncationReason]),
      ].join(" · ")}
    >
      <Table
        label="Events"
        rows={data.rows}
        total={data.total}
        truncationReason={data.rows.length < data.total ? "newest first; narrow the query to see others" : undefined}
        keyOf={(event) => event.id}
        empty={data.emptyReason ?? "No matching events."}
        columns={[
          { title: "Time", cell: (event) => <Moment iso={event.time} precision="millisecond" /> },
          {
            title: "Host",
            cell: (event) => (
              <FieldValue field="host.name" value={text(event, "host.name") ?? "unknown"} code={false} />
            ),
          },
          { title: "Event", cell: (event) => recordLabel(event.source) },
          { title: "User", narrow: true, cell: (event) => text(event, "user.name") ?? "" },
          { title: "Summary", wide: true, cell: (event) => <CommandLine text={summary(event)} short={300} /> },
        ]}
        detail={{ title: "All fields", of: (event) => <Record event={event} /> }}
      />
    </Section>
  );
}

/** A one-line summary of an event: its command line, or the process and what it did. */
function summary(event: EventView): string {
  const commandLine = text(event, "process.command_line");
  if (commandLine !== undefined) {
    return commandLine;
  }
  return [text(event, "process.name"), activityOf(event)]
    .filter((part) => part !== undefined && part !== "")
    .join("  ");
}

function activityOf(event: EventView): string {
  const first = ["file.path", "registry.path", "dns.question.name", "dll.path", "winlog.logon.type", "message"]
    .map((name) => text(event, name))
    .find((value) => value !== undefined);
  const destination = text(event, "destination.ip");
  return (
    first ??
    (destination === undefined
      ? (text(event, "event.action") ?? "")
      : `to ${destination}:${text(event, "destination.port") ?? ""}`)
  );
}

function Record({ event }: { readonly event: EventView }) {
  return (
    <div className={classes.record}>
      <p>
        {event.source.recordId === undefined ? "" : `Record ${event.source.recordId} · `}
        <code>{event.source.file}</code>
        {event.source.offset === undefined ? "" : ` at byte ${event.source.offset}`} ·{" "}
        <a href={`/api/v1/events/${encodeURIComponent(event.id)}/raw`}>Original record</a>
      </p>
      <dl>
        {Object.entries(event.fields)
          .toSorted(([a], [b]) => a.localeCompare(b))
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                {(typeof value === "object" ? value : [value]).map((item) => (
                  <Fragment key={String(item)}>
                    <FieldValue field={name} value={String(item)} />
                    {isEncodedField(name) && <DecodedText text={String(item)} />}
                  </Fragment>
                ))}
              </dd>
            </div>
          ))}
      </dl>
    </div>
  );
}
