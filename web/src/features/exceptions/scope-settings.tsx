import { Checkbox, MultiSelect, NumberInput, SegmentedControl, Select, TagsInput } from "@mantine/core";
import { useState } from "react";
import type { ExceptionDraft } from "#contracts/exception";
import { useRoute, useWholeList } from "../../api/queries.ts";
import { visibleString } from "../../ui/visible-text.ts";
import classes from "./builder-page.module.css";

interface Props {
  readonly draft: ExceptionDraft;
  readonly edit: (change: Partial<ExceptionDraft>) => void;
}

type Kind = "rules" | "tags" | "all";

/** To which rules, on which hosts and to which step of sequences an exception applies. */
export function ScopeSettings({ draft, edit }: Props) {
  return (
    <>
      <RuleScope draft={draft} edit={edit} />
      <HostScope draft={draft} edit={edit} />
    </>
  );
}

function RuleScope({ draft, edit }: Props) {
  const { ruleIds, ruleTags = [], allRules } = draft;
  const [kind, setKind] = useState<Kind>(allRules === true ? "all" : ruleTags.length > 0 ? "tags" : "rules");
  // What was chosen before comes back with its kind.
  const [former, setFormer] = useState({ ruleIds, ruleTags });
  const rules = useWholeList("ruleNames");
  const names = new Map(rules.data?.items.map((rule) => [rule.id, `${rule.name} v${rule.version}`]));
  for (const id of ruleIds) {
    names.set(id, names.get(id) ?? id);
  }
  const isSequence = rules.data?.items.some(({ id, language }) => ruleIds.includes(id) && language === "eql") ?? false;
  const choose = (next: Kind) => {
    setKind(next);
    setFormer({
      ruleIds: ruleIds.length > 0 ? ruleIds : former.ruleIds,
      ruleTags: ruleTags.length > 0 ? ruleTags : former.ruleTags,
    });
    edit({
      ruleIds: next === "rules" ? (ruleIds.length > 0 ? ruleIds : former.ruleIds) : [],
      ruleTags: next === "tags" ? former.ruleTags : undefined,
      allRules: next === "all" ? true : undefined,
    });
  };
  return (
    <div className={classes.scope}>
      <div className={classes.pair}>
        <div>
          <p className={classes.label}>Rules</p>
          <SegmentedControl
            size="xs"
            aria-label="Rules"
            value={kind}
            onChange={(value) => choose(value as Kind)}
            data={[
              { value: "rules", label: "Some rules" },
              { value: "tags", label: "By tag" },
              { value: "all", label: "All rules" },
            ]}
          />
        </div>
        {(isSequence || draft.step !== undefined) && (
          <NumberInput
            size="xs"
            className={classes.step}
            label="Step of sequences"
            placeholder="Every step"
            min={1}
            max={50}
            allowDecimal={false}
            value={draft.step ?? ""}
            onChange={(value) => edit({ step: typeof value === "number" ? value : undefined })}
          />
        )}
      </div>
      {kind === "rules" && (
        <MultiSelect
          size="xs"
          label="Applies to rules"
          searchable
          limit={200}
          data={[...names].map(([value, label]) => ({ value, label: visibleString(label) }))}
          value={[...ruleIds]}
          onChange={(next) => edit({ ruleIds: next })}
        />
      )}
      {kind === "tags" && (
        <TagsInput
          size="xs"
          label="Applies to rules with one of these tags"
          placeholder="Such as Tactic: Execution"
          maxTags={50}
          value={[...ruleTags]}
          onChange={(next) => edit({ ruleTags: next })}
        />
      )}
      {kind === "all" && <p className={classes.note}>Applies to every rule, also to those that are added later.</p>}
    </div>
  );
}

const systems = [
  { id: "windows", label: "Windows" },
  { id: "linux", label: "Linux" },
  { id: "macos", label: "macOS" },
] as const;

function HostScope({ draft, edit }: Props) {
  const { os = [], hosts = [], hostList } = draft;
  const lists = useRoute("valueLists");
  const items = (lists.data?.items ?? []).filter(({ type }) => type !== "ip");
  return (
    <details className={classes.scope} open={os.length + hosts.length > 0 || hostList !== undefined}>
      <summary>Only on some hosts or systems</summary>
      <div className={classes.settings}>
        <TagsInput
          size="xs"
          label="Hosts"
          description="By name; * matches any characters"
          maxTags={1000}
          value={[...hosts]}
          onChange={(next) => edit({ hosts: next.length === 0 ? undefined : next })}
        />
        <Select
          size="xs"
          label="Hosts of a value list"
          clearable
          searchable
          placeholder={items.length === 0 ? "No value lists yet" : "Any host"}
          data={[
            ...items.map(({ id, name, count }) => ({
              value: id,
              label: `${visibleString(name)} (${count.toLocaleString("en")})`,
            })),
            ...(hostList === undefined || items.some(({ id }) => id === hostList)
              ? []
              : [{ value: hostList, label: `Unknown list ${visibleString(hostList)}` }]),
          ]}
          value={hostList ?? null}
          onChange={(next) => edit({ hostList: next ?? undefined })}
        />
        <Checkbox.Group
          size="xs"
          label="Operating systems"
          value={[...os]}
          onChange={(next) => {
            const chosen = systems.flatMap(({ id }) => (next.includes(id) ? [id] : []));
            edit({ os: chosen.length === 0 ? undefined : chosen });
          }}
        >
          <div className={classes.pair}>
            {systems.map(({ id, label }) => (
              <Checkbox key={id} size="xs" value={id} label={label} />
            ))}
          </div>
        </Checkbox.Group>
      </div>
    </details>
  );
}
