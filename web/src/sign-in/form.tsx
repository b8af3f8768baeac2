import { Button, PasswordInput, TextInput } from "@mantine/core";
import { IconExternalLink, IconFingerprint } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useId, useRef, useState } from "react";
import type { RouteBody, RouteResponse } from "#contracts/api";
import { type RequestError, request } from "../api/client.ts";
import { signInWithPasskey, supportsPasskeys } from "../api/passkeys.ts";
import { useRoute } from "../api/queries.ts";
import { InlineCode } from "../ui/inline-code.tsx";
import { ErrorState, Loaded } from "../ui/state.tsx";
import classes from "./form.module.css";

type Account = RouteResponse<"signInWithPassword">;
type Options = RouteResponse<"signInOptions">;

interface FormProps {
  /** Where the identity provider leads back to. */
  readonly next: string;
  readonly done: (account: Account) => void;
  /** Opens the identity provider in a tab of its own, so that the page stays. */
  readonly keepPage?: boolean;
  /** The ways that the person has, of those that the server offers; all of them where nobody is known yet. */
  readonly only?: OwnWays | undefined;
}

/** How somebody who is known can sign in. */
export interface OwnWays {
  readonly password: boolean;
  readonly passkey: boolean;
  readonly oidc: boolean;
}

const allWays: OwnWays = { password: true, passkey: true, oidc: true };

/** Every way to sign in that this server offers. */
export function SignInForm(props: FormProps) {
  const options = useRoute("signInOptions");
  return (
    <div className={classes.root}>
      <Loaded query={options} label="Loading the ways to sign in" rows={4}>
        {(data) => <Ways options={data} {...props} />}
      </Loaded>
    </div>
  );
}

function Ways({ options, next, done, keepPage = false, only = allWays }: FormProps & { readonly options: Options }) {
  const oidc = only.oidc ? options.oidc : undefined;
  const hasPassword = options.password && only.password;
  const passkey = useMutation<Account, RequestError>({ mutationFn: signInWithPasskey, onSuccess: done });
  const offersPasskey = options.passkey && only.passkey && supportsPasskeys();
  // Where there is an identity provider, it is what most people use.
  const providerFirst = oidc !== undefined;
  const password = hasPassword && <PasswordForm done={done} autoFocus={!providerFirst} />;
  const hasOthers = providerFirst || offersPasskey;
  return (
    <div className={classes.ways}>
      {!providerFirst && password}
      {!providerFirst && hasPassword && hasOthers && <p className={classes.or}>or</p>}
      {oidc !== undefined && (
        <Button
          component="a"
          href={`${oidc.url}?${new URLSearchParams({ next })}`}
          target={keepPage ? "_blank" : undefined}
          leftSection={<IconExternalLink size={16} aria-hidden />}
          fullWidth
        >
          {`Continue with ${oidc.name}${keepPage ? " in a new tab" : ""}`}
        </Button>
      )}
      {offersPasskey && (
        <Button
          variant="default"
          leftSection={<IconFingerprint size={16} aria-hidden />}
          fullWidth
          loading={passkey.isPending}
          onClick={() => passkey.mutate()}
        >
          Use a passkey
        </Button>
      )}
      {passkey.error !== null && <Failure error={passkey.error} />}
      {providerFirst && hasPassword && <p className={classes.or}>or</p>}
      {providerFirst && password}
      <p className={classes.hint}>
        <InlineCode text="With a sign-in link: open it in this browser. An administrator can send you one; whoever runs the server gets one by pressing Enter in the terminal of `stemma serve`." />
      </p>
    </div>
  );
}

function PasswordForm({ done, autoFocus }: { readonly done: (account: Account) => void; readonly autoFocus: boolean }) {
  const [userName, setUserName] = useState("");
  const [password, setPassword] = useState("");
  const passwordField = useRef<HTMLInputElement>(null);
  const problem = useId();
  const signIn = useMutation<Account, RequestError, RouteBody<"signInWithPassword">>({
    mutationFn: (body) => request("signInWithPassword", { body }),
    onSuccess: done,
    // What was typed stays; typing again replaces the password.
    onError: () => {
      passwordField.current?.focus();
      passwordField.current?.select();
    },
  });
  const described = signIn.error === null ? undefined : problem;
  return (
    <form
      className={classes.form}
      aria-label="With a password"
      onSubmit={(event) => {
        event.preventDefault();
        signIn.mutate({ userName, password });
      }}
    >
      <TextInput
        label="User name"
        size="sm"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={200}
        required
        withAsterisk={false}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus}
        aria-describedby={described}
        value={userName}
        onChange={(event) => setUserName(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        size="sm"
        autoComplete="current-password"
        maxLength={1000}
        required
        withAsterisk={false}
        ref={passwordField}
        aria-describedby={described}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {signIn.error !== null && (
        <div id={problem}>
          <Failure error={signIn.error} />
        </div>
      )}
      <Button type="submit" fullWidth variant={autoFocus ? "filled" : "default"} loading={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}

function Failure({ error }: { readonly error: RequestError }) {
  return (
    <div className={classes.failure}>
      <ErrorState error={error} />
    </div>
  );
}
