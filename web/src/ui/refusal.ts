import { notifications } from "@mantine/notifications";
import type { RequestError } from "../api/client.ts";

/** Reports a refused change: first what remains unchanged, then why. */
export function showRefusal(stays: string, { details }: RequestError): void {
  notifications.show({ color: "red", title: stays, message: details.detail ?? details.title });
}
