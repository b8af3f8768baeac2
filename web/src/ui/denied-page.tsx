import { Page, TextLink } from "./page.tsx";
import { EmptyState } from "./state.tsx";

/** A page that the person's role does not include. */
export function DeniedPage({ title, denial }: { readonly title: string; readonly denial: string }) {
  return (
    <Page title={title}>
      <EmptyState
        title="This page is not part of your role"
        reason={`${denial} An administrator can change it.`}
        action={<TextLink to="/queue">Go to queue</TextLink>}
      />
    </Page>
  );
}
