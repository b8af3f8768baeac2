import type { DeliveryList } from "#contracts/delivery";
import { useDenial } from "../api/permission.ts";
import { useRoute } from "../api/queries.ts";
import { VisibleText } from "./command-line.tsx";
import classes from "./escalation-note.module.css";
import { TextLink } from "./page.tsx";
import { Loaded } from "./state.tsx";

/** Where an escalation goes, before it is made: who is told, and whether a bundle is written. `each`: of many. */
export function EscalationNote({ each = false }: { readonly each?: boolean }) {
  const list = useRoute("deliveries", { query: { limit: 1 } }, { freshFor: 10_000 });
  const denial = useDenial("administer");
  return (
    <Loaded query={list} label="Loading where escalations go" rows={1}>
      {({ receivers, evidence }) => (
        <section className={classes.note} aria-label="Where it goes">
          {receivers.length > 0 && (
            <>
              <p>{each ? "Each incident is posted to:" : "The incident is posted to:"}</p>
              <ul>
                {receivers.map((receiver) => (
                  <li key={receiver}>
                    <VisibleText text={receiver} />
                  </li>
                ))}
              </ul>
            </>
          )}
          <p>{sentence({ receivers, evidence }, each)}</p>
          {denial === undefined && (receivers.length === 0 || !evidence) && (
            <p>
              Set {receivers.length === 0 && <code>STEMMA_WEBHOOK</code>}
              {receivers.length === 0 && !evidence && " and "}
              {!evidence && <code>STEMMA_EVIDENCE</code>} where the server is started. In force now:{" "}
              <TextLink to="/settings?tab=server">settings of the server</TextLink>
            </p>
          )}
        </section>
      )}
    </Loaded>
  );
}

function sentence({ receivers, evidence }: Pick<DeliveryList, "receivers" | "evidence">, each: boolean): string {
  const isPosted = receivers.length > 0;
  if (evidence) {
    const written = `${each ? "An evidence bundle of each" : "Its evidence bundle"} is written into the folder for evidence`;
    return isPosted ? `${written} first.` : `${written}. No receiver is set up, so nobody is told.`;
  }
  return isPosted
    ? "No folder for evidence is set up, so no evidence bundle is written."
    : `${each ? "They stay" : "It stays"} in the workbench: no receiver and no folder for evidence are set up.`;
}
