import { Button, Checkbox } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import type { ShiftReport } from "#contracts/shift-report";
import { useRoute } from "../../api/queries.ts";
import { localZone } from "../../ui/instant-input.tsx";
import { Page } from "../../ui/page.tsx";
import { EmptyState } from "../../ui/state.tsx";
import { Moment, useTimeZone } from "../../ui/time.tsx";
import { LoadedWork } from "../../ui/work-progress.tsx";
import { MarkdownActions } from "./markdown-actions.tsx";
import { Matrix } from "./matrix.tsx";
import { RangeChoice } from "./range-choice.tsx";
import classes from "./report.module.css";
import { Closings, Exceptions, HandedOver, People, Rules, TriageTimes } from "./sections.tsx";
import { count, Summary } from "./summary.tsx";
import { buildReportAddress, edgesOf, parseReportAddress, type ReportAddress } from "./url.ts";

/** What happened over a shift, for the people who take over. */
export function ReportPage() {
  const [search, setSearch] = useSearchParams();
  const [now, setNow] = useState(() => Date.now());
  const { mode } = useTimeZone();
  const address = parseReportAddress(search);
  const zone = mode === "utc" ? "UTC" : localZone();
  const query = { ...edgesOf(address.range, now), zone, people: address.people };
  const answer = useRoute("shiftReport", { query }, { freshFor: Number.POSITIVE_INFINITY });
  const change = (next: Partial<ReportAddress>) => {
    setNow(Date.now());
    setSearch(buildReportAddress({ ...address, ...next }), { replace: true });
  };
  return (
    <Page title="Shift report">
      <div className={classes.bar}>
        <RangeChoice range={address.range} edges={query} choose={(range) => change({ range })} />
        <Checkbox
          size="xs"
          label="What each person did"
          checked={address.people}
          onChange={(event) => change({ people: event.currentTarget.checked })}
        />
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden />}
          // A range that has ended can change, too: alerts that are moved count for another incident.
          onClick={() => (address.range.kind === "last" ? setNow(Date.now()) : void answer.refetch())}
        >
          Refresh
        </Button>
        {answer.data !== undefined && <MarkdownActions markdown={answer.data.markdown} to={query.to} />}
      </div>
      <LoadedWork query={answer} route="shiftReport" label="Making the report" rows={10}>
        {({ report }) => <Report report={report} zone={zone} />}
      </LoadedWork>
    </Page>
  );
}

function Report({ report, zone }: { readonly report: ShiftReport; readonly zone: string }) {
  const { range, madeAt, open } = report;
  return (
    <>
      <p className={classes.range}>
        <Moment iso={range.from} precision="minute" /> to <Moment iso={range.to} precision="minute" /> ({zone}), made at{" "}
        <Moment iso={madeAt} precision="minute" />
      </p>
      {isQuiet(report) ? (
        <EmptyState
          title="Nothing happened in this time"
          reason={`No alert was raised, closed or escalated, and no exception was saved. ${open.alerts === 0 ? "Nothing was open at the end." : `${count(open.alerts, "alert")} in ${count(open.incidents, "incident")} ${open.alerts === 1 ? "was" : "were"} open at the end.`} Choose a longer range to see more.`}
        />
      ) : (
        <Summary report={report} />
      )}
      <HandedOver report={report} />
      {!isQuiet(report) && (
        <>
          <div className={classes.pair}>
            <Closings report={report} />
            <TriageTimes report={report} />
          </div>
          <Matrix tactics={report.matrix} />
          <Rules report={report} />
          <Exceptions report={report} />
        </>
      )}
      {report.people !== undefined && <People people={report.people} />}
    </>
  );
}

function isQuiet({ opened, closed, escalated, reopened, exceptions }: ShiftReport): boolean {
  return [opened, closed, escalated, reopened].every(({ alerts }) => alerts === 0) && exceptions.length === 0;
}
