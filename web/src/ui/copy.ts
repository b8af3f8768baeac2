import { notifications } from "@mantine/notifications";

/** Copies a text; where the browser refuses, it says so and how to do it by hand. Whether it was copied. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Over plain http from another machine there is no clipboard at all.
    notifications.show({
      color: "red",
      title: "Not copied",
      message:
        "The browser lets pages copy only over https or on the machine itself. Mark the text and copy it by hand.",
    });
    return false;
  }
}
