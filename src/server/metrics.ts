/** The numbers of all queries in the text format of Prometheus. */
import type { ProcessSummary, Summary } from "./api-types.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number | null | undefined];

/** Content of `/metrics`. Sizes are bytes, times seconds. */
export function metricsText(summaries: readonly Summary[], process: ProcessSummary): string {
  const lines: string[] = [];
  const add = (name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]) => {
    const known = samples.filter(([, value]) => value !== null && value !== undefined && Number.isFinite(value));
    if (known.length === 0) return;
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    for (const [labels, value] of known) {
      const text = Object.entries(labels).map(([key, label]) => `${key}="${label.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`).join(",");
      lines.push(`${name}${text === "" ? "" : `{${text}}`} ${value}`);
    }
  };
  const each = (value: (summary: Summary) => number | null | undefined, more: (summary: Summary) => Readonly<Record<string, string>> = () => ({})): Sample[] =>
    summaries.map(summary => [{ query: summary.name ?? summary.id, ...more(summary) }, value(summary)]);
  const seconds = (micros: number | null | undefined) => micros === null || micros === undefined ? null : micros / 1e6;

  add("millrace_query_up", "gauge", "1 while the query is active.", each(summary => summary.state === "running" || summary.state === "starting" ? 1 : 0));
  add("millrace_query_verdict", "gauge", "1 for the verdict that holds.", each(() => 1, summary => ({ kind: summary.verdict.kind, level: summary.verdict.level })));
  add("millrace_query_rows_read_total", "counter", "Rows read in this run.", each(summary => summary.counts.runRowsRead));
  add("millrace_query_rows_written_total", "counter", "Rows written in this run.", each(summary => summary.counts.runRowsOut));
  add("millrace_query_batches_total", "counter", "Batches done in this run.", each(summary => summary.counts.batches));
  add("millrace_query_input_rows_per_second", "gauge", "Rows that become available in the sources.", each(summary => summary.now.inputRowsPerSecond));
  add("millrace_query_capacity_rows_per_second", "gauge", "Rows per second of busy time.", each(summary => summary.now.capacityRowsPerSecond));
  add("millrace_query_output_rows_per_second", "gauge", "Rows written, mean of 30 s.", each(summary => summary.now.outputRowsPerSecond));
  add("millrace_query_batch_seconds", "gauge", "Time of a batch.", [
    ...each(summary => seconds(summary.now.batchMicros?.p50), () => ({ quantile: "0.5" })), ...each(summary => seconds(summary.now.batchMicros?.p99), () => ({ quantile: "0.99" })),
  ]);
  add("millrace_query_backlog_rows", "gauge", "Rows in the sources that are not read.", each(summary => summary.now.backlogRows));
  add("millrace_query_watermark_behind_seconds", "gauge", "Clock minus watermark.", each(summary => seconds(summary.now.watermarkBehindMicros)));
  add("millrace_query_state_rows", "gauge", "Rows in state.", each(summary => summary.now.state?.rows));
  add("millrace_query_state_bytes", "gauge", "Memory of the state.", each(summary => summary.now.state?.bytes));
  add("millrace_query_late_rows_last_hour", "gauge", "Rows dropped as late in the last hour.", each(summary => summary.counts.lateRows));
  add("millrace_query_dead_letters_last_hour", "gauge", "Rows that could not be read in the last hour.", each(summary => summary.counts.deadLetters));
  add("millrace_process_memory_bytes", "gauge", "Resident memory.", [[{}, process.memoryBytes]]);
  add("millrace_process_cpu_cores", "gauge", "CPU seconds per second.", [[{}, process.cpuCores]]);
  add("millrace_process_event_loop_delay_seconds", "gauge", "p99 of the event loop delay.", [[{}, seconds(process.eventLoopDelayP99Micros)]]);
  return `${lines.join("\n")}\n`;
}
