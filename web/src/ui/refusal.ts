import { notifications } from "@mantine/notifications";
import type { RequestError } from "../api/client.ts";
import { changeSentence } from "./conflict-words.ts";
import { withoutHidden } from "./visible-text.ts";

/** Reports a refused change: first what remains unchanged, then why. */
export function showRefusal(stays: string, { details }: RequestError): void {
  const change = details.conflict?.changed[0];
  notifications.show({
    color: "red",
    title: stays,
    message: withoutHidden(change === undefined ? (details.detail ?? details.title) : changeSentence(change)),
  });
}
