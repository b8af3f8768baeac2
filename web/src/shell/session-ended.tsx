import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { RouteResponse } from "#contracts/api";
import type { RequestError } from "../api/client.ts";
import { type OwnWays, SignInForm } from "../sign-in/form.tsx";
import classes from "./session-ended.module.css";

/**
 * Signing in again over the page that is open: nothing that was typed is lost. Signing in elsewhere in this browser
 * closes it too, as the shell keeps asking who is signed in.
 */
export function SessionEnded({
  opened,
  close,
  name,
  account,
  error,
  address,
}: {
  readonly opened: boolean;
  readonly close: () => void;
  /** Whose session it was. */
  readonly name: string;
  /** Their account as it was; undefined if it was never read. */
  readonly account: RouteResponse<"ownAccount"> | undefined;
  /** How the server refused. */
  readonly error: RequestError | null;
  /** The address of the page, to which the identity provider leads back. */
  readonly address: string;
}) {
  const client = useQueryClient();
  const isDisabled = error?.details.code === "sign-in.disabled";
  const only = account && waysOf(account);
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={isDisabled ? "Your account was disabled" : "You are signed out"}
      size={420}
      // Above the dialogs of the page, which stay open below it.
      zIndex={500}
      closeOnEscape={false}
      closeOnClickOutside={false}
      closeButtonProps={{ "aria-label": "Close and look at the page" }}
      // Escape must not close the dialogs below, which listen to it as well.
      onFocusCapture={({ target }) => target.setAttribute("data-mantine-stop-propagation", "true")}
      onKeyDown={({ key }) => key === "Escape" && close()}
    >
      {isDisabled ? (
        <p className={classes.text}>
          {error.details.detail} The page stays as it is, so that you can copy what you have typed; it is not saved.
        </p>
      ) : (
        <p className={classes.text}>
          The session has ended. The page stays as it is, with what you have typed; nothing is saved until you sign in
          again, here or in another tab.
        </p>
      )}
      {!isDisabled && only !== undefined && !only.password && !only.passkey && !only.oidc && (
        <p className={classes.text}>
          You have neither a password nor a passkey, so you need a new sign-in link. Open it in another tab of this
          browser, then go on here.
        </p>
      )}
      {opened && !isDisabled && (
        <SignInForm
          only={only}
          next={address}
          keepPage
          done={({ person }) => {
            if (person.name === name) {
              void client.invalidateQueries();
            } else {
              // What is on screen belongs to somebody else.
              window.location.reload();
            }
          }}
        />
      )}
    </Modal>
  );
}

function waysOf({ person, hasPassword, passkeys }: RouteResponse<"ownAccount">): OwnWays {
  return person.source === "oidc"
    ? { password: false, passkey: false, oidc: true }
    : { password: hasPassword, passkey: passkeys.length > 0, oidc: false };
}
