import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { RequestError } from "../../../api/client.ts";
import { showRefusal } from "../../../ui/refusal.ts";
import { counted } from "../incident/walk.ts";

/** Says how many alerts were acknowledged, with a way back where it is known which. */
export function showAcknowledged(count: number, undo: (() => Promise<void>) | undefined): void {
  const id = `acknowledged-${Date.now()}`;
  const takeBack = async () => {
    notifications.hide(id);
    try {
      await undo?.();
      notifications.show({ message: `${counted(count, "alert")} open again` });
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      showRefusal("Not undone", error);
    }
  };
  notifications.show({
    id,
    autoClose: 8000,
    // Elsewhere it would cover the actions that follow.
    position: "top-center",
    message: (
      <>
        Acknowledged {counted(count, "alert")}{" "}
        {undo !== undefined && (
          <Button size="compact-xs" variant="subtle" onClick={() => void takeBack()}>
            Undo
          </Button>
        )}
      </>
    ),
  });
}
