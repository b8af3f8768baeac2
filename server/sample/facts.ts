/** The hosts, accounts, processes, starts and logons of the sample. */

export interface HostFacts {
  readonly name: string;
  readonly ip: string;
  /** First part of every Sysmon ProcessGuid of the machine, eight hex digits. */
  readonly machine: string;
  readonly firstRecord: number;
}

export interface UserFacts {
  readonly name: string;
  readonly domain: string;
  readonly sid: string;
}

/** A recorded process, with what its children and its later records refer to. */
export interface SampleProcess {
  readonly guid: string;
  readonly pid: number;
  readonly image: string;
  readonly commandLine: string;
  readonly user: UserFacts;
  readonly logonId: string;
}

export interface StartOptions {
  readonly at: number;
  readonly parent: SampleProcess;
  readonly image: string;
  readonly commandLine: string;
  readonly user?: UserFacts;
  readonly logonId?: string;
  readonly directory?: string;
  readonly integrity?: "Low" | "Medium" | "High" | "System";
  /** Milliseconds until the process ends; absent when it outlives the day. */
  readonly lasts?: number;
}

export interface LogonOptions {
  readonly at: number;
  readonly user: UserFacts;
  readonly type: 2 | 3 | 5 | 10 | 11;
  readonly package: "NTLM" | "Kerberos" | "Negotiate";
  readonly from?: { readonly ip: string; readonly workstation?: string };
  readonly privileged?: boolean;
  readonly lasts?: number;
}

export const systemUser: UserFacts = { name: "SYSTEM", domain: "NT AUTHORITY", sid: "S-1-5-18" };
export const networkService: UserFacts = { name: "NETWORK SERVICE", domain: "NT AUTHORITY", sid: "S-1-5-20" };
export const domain = "NORDWIND";
export const dnsDomain = "nordwind.example";
