import { notifications } from "@mantine/notifications";
import type { RequestError } from "../api/client.ts";

/** Says that a change was not made: first what stays as it is, then why. */
export function showRefusal(stays: string, { details }: RequestError): void {
  notifications.show({ color: "red", title: stays, message: details.detail ?? details.title });
}
