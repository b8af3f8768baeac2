import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearchParams } from "react-router";
import { usePageTitle } from "../ui/page.tsx";
import { SignInForm } from "./form.tsx";
import { localPath } from "./next.ts";
import classes from "./page.module.css";

/** The sign-in page. It shows no data, and leads back to the page that asked for it. */
export function SignInPage() {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const client = useQueryClient();
  const next = localPath(search.get("next"));
  usePageTitle("Sign in");
  return (
    <main id="page" className={classes.page}>
      <div className={classes.card}>
        <p className={classes.brand}>
          <img src="/icon.svg" alt="" width={28} height={28} />
          Stemma
        </p>
        <h1>Sign in</h1>
        {next !== "/" && <p className={classes.next}>You then return to the page that you opened.</p>}
        <SignInForm
          next={next}
          done={() => {
            // Nothing that somebody else has loaded in this tab stays.
            client.clear();
            void navigate(next, { replace: true });
          }}
        />
      </div>
    </main>
  );
}
