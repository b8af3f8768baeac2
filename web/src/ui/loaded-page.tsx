import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { RequestError } from "../api/client.ts";
import { Page, TextLink } from "./page.tsx";
import { Loaded } from "./state.tsx";

/** A page about one item from the server. It has a heading and a back link while loading and after a failure, too. */
export function LoadedPage<T>({
  query,
  kind,
  name,
  back,
  children,
}: {
  readonly query: UseQueryResult<T, RequestError>;
  /** The kind of item, and its name if the URL contains it. */
  readonly kind: string;
  readonly name?: string;
  readonly back: { readonly to: string; readonly text: string };
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) {
    return <>{children(query.data)}</>;
  }
  return (
    <Page kind={name === undefined ? undefined : kind} title={name ?? kind}>
      <Loaded query={query} label={`Loading the ${kind.toLowerCase()}`} rows={10}>
        {() => null}
      </Loaded>
      {query.error !== null && (
        <p>
          <TextLink to={back.to}>{back.text}</TextLink>
        </p>
      )}
    </Page>
  );
}
