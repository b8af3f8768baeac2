import classes from "./rule-name.module.css";

/** A rule's name in lists. It includes the version, because two versions may run at once. */
export function RuleName({ rule }: { readonly rule: { readonly name: string; readonly version: string } }) {
  return (
    <>
      {rule.name} <span className={classes.version}>{`v${rule.version}`}</span>
    </>
  );
}
