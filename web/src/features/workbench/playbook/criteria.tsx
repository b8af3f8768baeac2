import { IconChevronDown, IconChevronRight, IconTrendingDown, IconTrendingUp } from "@tabler/icons-react";
import { useId, useState } from "react";
import type { StepView } from "#contracts/playbook";
import { InlineCode } from "../../../ui/inline-code.tsx";
import classes from "./criteria.module.css";

/** What raises and what lowers concern: one line each above the answers, which opens to all of it. */
export function Criteria({ step: { raises, lowers, queries } }: { readonly step: StepView }) {
  return raises.length + lowers.length === 0 ? null : (
    <div className={classes.criteria} data-whole={queries.length === 0 || undefined}>
      <Scale kind="raises" title="Raises concern" lines={raises} />
      <Scale kind="lowers" title="Lowers concern" lines={lowers} />
    </div>
  );
}

function Scale({
  kind,
  title,
  lines,
}: {
  readonly kind: "raises" | "lowers";
  readonly title: string;
  readonly lines: readonly string[];
}) {
  const [isOpen, setOpen] = useState(false);
  const list = useId();
  const Icon = kind === "raises" ? IconTrendingUp : IconTrendingDown;
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <section className={classes.scale} data-kind={kind} data-open={isOpen || undefined} aria-label={title}>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={list}
        aria-label={`${title}: ${lines.length}`}
        title={`${title}: show all`}
        onClick={() => setOpen(!isOpen)}
      >
        <Chevron size={12} aria-hidden />
        <Icon size={14} aria-hidden />
        {lines.length > 1 && <span>{lines.length}</span>}
      </button>
      {lines.length === 0 ? (
        <p>none listed</p>
      ) : (
        <ul id={list}>
          {lines.map((line) => (
            <li key={line}>
              <InlineCode text={line} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
