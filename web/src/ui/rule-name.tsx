import classes from "./rule-name.module.css";

/** A rule as lists name it: two versions of a rule may run side by side, so the version is part of the name. */
export function RuleName({ rule }: { readonly rule: { readonly name: string; readonly version: string } }) {
  return (
    <>
      {rule.name} <span className={classes.version}>{`v${rule.version}`}</span>
    </>
  );
}
