import { Menu } from "@mantine/core";
import { IconChevronDown, IconLogout, IconSettings, IconUserCircle } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useState } from "react";
import { Link, useNavigate } from "react-router";
import type { Me } from "#contracts/routes/workbench";
import { isSignedOut, RequestError, request } from "../api/client.ts";
import { pauseReads, resumeReads } from "../api/paused-reads.ts";
import { useRoute } from "../api/queries.ts";
import { VisibleText } from "../ui/command-line.tsx";
import { showRefusal } from "../ui/refusal.ts";
import { methodLabels, roleLabels } from "../ui/roles.ts";
import { Moment } from "../ui/time.tsx";
import classes from "./account-menu.module.css";

/** Who is signed in, with which role and how; settings and signing out. */
export function AccountMenu({ me }: { readonly me: Me | undefined }) {
  const [open, setOpen] = useState(false);
  const signOut = useSignOut();
  if (me === undefined) {
    return null;
  }
  return (
    <Menu position="bottom-end" offset={12} shadow="md" width={264} opened={open} onChange={setOpen}>
      <Menu.Target>
        <button type="button" className={classes.target} aria-label={`Account: ${me.analyst}`}>
          <IconUserCircle size={18} stroke={1.6} aria-hidden />
          <span className={classes.name}>
            <VisibleText text={me.analyst} />
          </span>
          <IconChevronDown size={13} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <strong>
            <VisibleText text={me.analyst} />
          </strong>
          {me.role !== undefined && <span>{roleLabels[me.role].label}</span>}
          {open && <HowSignedIn />}
        </div>
        <Menu.Divider />
        <Menu.Item component={Link} to="/settings" leftSection={<IconSettings size={15} />}>
          Account and settings
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={15} />} onClick={() => void signOut()}>
          Sign out
        </Menu.Item>
        <Menu.Divider />
        <p className={classes.server}>
          Stemma {me.version} · <VisibleText text={me.store} />
        </p>
      </Menu.Dropdown>
    </Menu>
  );
}

/** How and when the current session began. A fact beside the menu: while it is unknown, nothing is shown. */
function HowSignedIn() {
  const { data } = useRoute("ownAccount");
  const current = data?.sessions.find((session) => session.current);
  return current === undefined ? null : (
    <span>
      Signed in by {methodLabels[current.method]}, <Moment iso={current.startedAt} relative />
    </span>
  );
}

/** Ends the session and leaves the app, also when the session has already ended. */
export function useSignOut(): () => Promise<void> {
  const navigate = useNavigate();
  const client = useQueryClient();
  return useCallback(async () => {
    // What the page reads meanwhile would be refused.
    pauseReads();
    try {
      await client.cancelQueries();
      const { url } = await request("signOut", { body: {} });
      if (url !== undefined) {
        // The reads stay paused, unless the browser brings this page back as it was left.
        window.addEventListener("pageshow", resumeReads, { once: true });
        window.location.assign(url);
        return;
      }
    } catch (error) {
      if (!(error instanceof RequestError)) {
        throw error;
      }
      if (!isSignedOut(error)) {
        resumeReads();
        void client.refetchQueries({ type: "active" });
        showRefusal("You are still signed in", error);
        return;
      }
    }
    await navigate("/sign-in");
    client.clear();
    resumeReads();
  }, [navigate, client]);
}
