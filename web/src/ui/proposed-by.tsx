import type { Proposal } from "#contracts/proposal";
import { VisibleText } from "./command-line.tsx";
import { Moment } from "./time.tsx";

/** Who proposed something, with which program and token, and when. The program is what it says of itself. */
export function ProposedBy({ proposal }: { readonly proposal: Proposal }) {
  const { by, client, origin, createdAt } = proposal;
  const program = client === undefined ? undefined : `${client.name} ${client.version ?? ""}`.trim();
  const isToken = origin?.method === "token";
  return (
    <span>
      Proposed by {isToken ? (program === undefined ? "a program" : "assistant ") : ""}
      {isToken ? (
        <>
          {program !== undefined && (
            <strong title="The name that the program gives itself">
              <VisibleText text={program} />
            </strong>
          )}
          , via token{" "}
          <strong>
            <VisibleText text={by} />
          </strong>
        </>
      ) : (
        <strong>
          <VisibleText text={by} />
        </strong>
      )}
      , <Moment iso={createdAt} relative />
    </span>
  );
}
