import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { SignInForm } from "../sign-in/form.tsx";
import classes from "./session-ended.module.css";

/**
 * Signing in again over the page that is open: nothing that was typed is lost. Signing in elsewhere in this browser
 * closes it too, as the shell keeps asking who is signed in.
 */
export function SessionEnded({
  opened,
  close,
  name,
  address,
}: {
  readonly opened: boolean;
  readonly close: () => void;
  /** Whose session it was. */
  readonly name: string;
  /** The address of the page, to which the identity provider leads back. */
  readonly address: string;
}) {
  const client = useQueryClient();
  return (
    <Modal
      opened={opened}
      onClose={close}
      title="You are signed out"
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
      <p className={classes.text}>
        The session has ended. The page stays as it is, with what you have typed; nothing is saved until you sign in
        again, here or in another tab.
      </p>
      {opened && (
        <SignInForm
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
