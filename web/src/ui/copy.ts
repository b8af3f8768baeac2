import { notifications } from "@mantine/notifications";

/**
 * Copies a text. If the browser refuses, a notification explains how to copy manually. Returns whether it was copied.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http from another machine there is no clipboard API.
    notifications.show({
      color: "red",
      title: "Could not copy",
      message: "Browsers allow copying only over https or on localhost. Select the text and copy it manually.",
    });
    return false;
  }
}
