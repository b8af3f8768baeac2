import type { Account } from "#contracts/account";
import type { SourceRef } from "#contracts/event";
import type { Activity } from "#contracts/lineage";
import type { Side } from "./keys.ts";

/** What all facts have in common. */
interface HostFact {
  /** The host, by the name that it is stored under: see `hosts/host-groups.ts`. */
  readonly host: string;
  /** The name of the host in the record, if that is another one. */
  readonly recordedHost?: string;
}

/** A process started. Both logs may record the same start: `side` is the one of this record. */
export interface StartFact extends HostFact {
  readonly kind: "start";
  /** Epoch milliseconds. */
  readonly time: number;
  /** What the clock of the log's source said, if that is more than an hour from `time`. Epoch milliseconds. */
  readonly sourceClock?: number;
  readonly side: Side;
  readonly source: SourceRef;
  readonly entityId?: string;
  readonly pid?: number;
  readonly executable?: string;
  readonly commandLine?: string;
  readonly args?: readonly string[];
  readonly workingDirectory?: string;
  readonly originalFileName?: string;
  readonly company?: string;
  readonly hashes?: Readonly<Record<string, string>>;
  readonly integrityLevel?: string;
  /** The account of its token. */
  readonly user?: Account;
  /** The account that created it, if that is another one. */
  readonly creator?: Account;
  readonly logonId?: string;
  /** Of the session: Sysmon writes it in every start, and it differs from boot to boot. */
  readonly logonGuid?: string;
  readonly parentEntityId?: string;
  readonly parentPid?: number;
  readonly parentExecutable?: string;
  readonly parentCommandLine?: string;
  readonly parentUser?: string;
}

export interface EndFact extends HostFact {
  readonly kind: "end";
  readonly time: number;
  readonly side: Side;
  readonly source: SourceRef;
  readonly entityId?: string;
  readonly pid?: number;
  readonly executable?: string;
  readonly exitCode?: string;
}

/** Anything else that a process did. */
export interface ActivityFact extends HostFact {
  readonly kind: "activity";
  readonly time: number;
  readonly entityId: string;
  readonly pid?: number;
  readonly executable?: string;
  readonly user?: Account;
  readonly counter?: keyof Activity;
  /** An address of the host, from a connection. */
  readonly address?: string;
}

/**
 * A logon session was opened (4624), closed (4634, 4647), received special privileges (4672) or used the credentials of
 * another account (4648, `explicit`); or the 4624 of its other half names it (`linked`). Or the host was started or
 * stopped, which ends all of them: see `boot-fact.ts`.
 */
export interface LogonFact extends HostFact {
  readonly kind: "logon";
  readonly what:
    | "opened"
    | "linked"
    | "closed"
    | "privileged"
    | "explicit"
    | "boot"
    | "sysmon-started"
    | "sysmon-stopped";
  readonly time: number;
  readonly logonId: string;
  readonly source: SourceRef;
  readonly user?: Account;
  readonly logonType?: number;
  readonly logonTypeName?: string;
  readonly authenticationPackage?: string;
  readonly sourceIp?: string;
  readonly sourcePort?: number;
  readonly sourceHost?: string;
  /** For Kerberos: the same in the 4648 on the source host and the 4624 on the target host. */
  readonly logonGuid?: string;
  /** The other half of a logon with a split token: the same person, with or without administrative rights. */
  readonly linkedLogonId?: string;
  readonly elevated?: boolean;
  /** For `explicit`: the host that the credentials were used for, and the process. `user` is the account used. */
  readonly targetHost?: string;
  readonly pid?: number;
  readonly executable?: string;
}

/** A logon failed (4625). Such records are only counted: there may be any number of them. */
export interface FailedLogonFact extends HostFact {
  readonly kind: "failed-logon";
  readonly time: number;
  readonly source: SourceRef;
  readonly user?: Account;
  readonly logonType?: number;
  readonly sourceIp?: string;
  readonly sourceHost?: string;
}

export type Fact = StartFact | EndFact | ActivityFact | LogonFact | FailedLogonFact;

/** The fact that one event states. */
export interface EventFact {
  readonly eventId: string;
  readonly fact: Fact;
}
