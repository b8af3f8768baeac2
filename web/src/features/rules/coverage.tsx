import { sourceLabel } from "#contracts/event-source";
import type { KindSupport } from "#contracts/rule-structure";
import { useRoute } from "../../api/queries.ts";
import { Section, Table } from "../../ui/page.tsx";
import { Loaded } from "../../ui/state.tsx";
import classes from "./sources.module.css";

/** Kinds of record shown at first: a rule that asks for little fits nearly all of them. */
const firstKinds = 12;
const number = (value: number) => value.toLocaleString("en");

/** Which kinds of record can satisfy the rule, which fields each lacks, and what that is known from. */
export function RuleSources({ id }: { readonly id: string }) {
  const sources = useRoute("ruleSources", { params: { id } });
  return (
    <Section title="Sources" aside="which records can satisfy it">
      <Loaded query={sources} label="Looking at the stored events" rows={3}>
        {(data) => (
          <>
            <p className={classes.sentence} data-loaded={data.loaded}>
              {data.sentence}
            </p>
            {data.stages.map(({ title, kinds }, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the stages of a rule never change places.
              <div key={index} className={classes.stage}>
                {data.stages.length > 1 && <h3>{title}</h3>}
                <Table
                  label={data.stages.length > 1 ? `Sources of ${title}` : "Sources"}
                  rows={kinds}
                  first={firstKinds}
                  keyOf={(kind) => `${kind.source} ${kind.code} ${kind.lacks.join()} ${kind.blind.join()}`}
                  empty="No kind of record that is stored or that the mappings know fits it."
                  columns={[
                    { title: "Record", cell: (kind) => `${sourceLabel(kind.source)} ${kind.code}` },
                    { title: "What it is", cell: (kind) => kind.action },
                    {
                      title: "Stored",
                      numeric: true,
                      cell: (kind) => (kind.seen === 0 ? "none seen" : number(kind.seen)),
                    },
                    { title: "Can satisfy it", cell: (kind) => (kind.verdict === "yes" ? "yes" : "no") },
                    { title: "Needs fields this source lacks", wide: true, cell: (kind) => <Lacking kind={kind} /> },
                  ]}
                  detail={{ title: "Its fields", of: (kind) => <Fields kind={kind} /> }}
                />
              </div>
            ))}
            <p className={classes.basis}>
              {data.stored === 0
                ? "No event is stored: this rests on what the mappings can give."
                : `Counts are of ${number(data.sampled)} of ${number(data.stored)} stored events, spread over the times of the largest logs. A field counts as there when a record that was looked at has it, or the mapping of this kind can give it.`}
            </p>
          </>
        )}
      </Loaded>
    </Section>
  );
}

function Lacking({ kind }: { readonly kind: KindSupport }) {
  return (
    <div className={classes.lacking}>
      {kind.lacks.map((field) => (
        <code key={field}>{field}</code>
      ))}
      {kind.blind.length > 0 && (
        <span>
          {"alternatives that never hold here ask for "}
          <code>{kind.blind.join(", ")}</code>
        </span>
      )}
      {kind.lacks.length === 0 && kind.blind.length === 0 && <span>none</span>}
    </div>
  );
}

const bases = {
  seen: "seen in stored records",
  mapping: "the mapping can give it; not seen",
  none: "never there",
} as const satisfies Record<KindSupport["fields"][number]["basis"], string>;

function Fields({ kind }: { readonly kind: KindSupport }) {
  return (
    <dl className={classes.fields}>
      {kind.fields.map(({ field, basis }) => (
        <div key={field}>
          <dt>
            <code>{field}</code>
          </dt>
          <dd>{bases[basis]}</dd>
        </div>
      ))}
      {kind.fields.length === 0 && <dd>It asks only what kind of record it is.</dd>}
    </dl>
  );
}
