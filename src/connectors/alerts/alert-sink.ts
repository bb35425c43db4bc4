/**
 * Rows as alerts, in order, to a webhook, by mail or both. A batch that was decided and perhaps not sent to its end before a
 * crash is sent again, with the same content under the same keys: at least once, once for a receiver that knows its keys.
 * What can't be delivered goes to a file, or ends the query.
 *
 * With `recovery` the end of an alert is told once, to whom the alert was told, as Alertmanager does (`send_resolved`,
 * `resolve_timeout`): by a row that says that its key is fine, or when no row of the key came for a time.
 */
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { BatchMoment, Sink, SinkContext } from "../../io/sink.ts";
import type { Cell } from "../../types/cell.ts";
import type { StructType } from "../../types/data-type.ts";
import { rowReader, type EdgeRow } from "../../types/edge-values.ts";
import { stringify, Timestamp, TimestampNtz } from "../../types/values.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { openSmtp, type OpenSmtp } from "../smtp/session.ts";
import { AlertMemory, type Episode } from "./alert-memory.ts";
import { alertSettings, type AlertSettings } from "./alert-options.ts";
import { known } from "./alert-template.ts";
import type { AlertChannel, Envelope } from "./channel.ts";
import { MailChannel } from "./mail.ts";
import { Posting } from "./posting.ts";
import { sendByFetch, WebhookChannel, type SendRequest } from "./webhook.ts";

/** A row of a batch on its way. */
interface AlertRow {
  readonly values: EdgeRow;
  readonly key: string;
  readonly batchId: number;
  readonly envelope: Envelope;
  /** Where in the output it stood. */
  readonly row: number;
  readonly atMicros: number;
  readonly isFine: boolean;
}

export interface AlertNetwork { readonly post: SendRequest; readonly smtp: OpenSmtp }

/** @throws AnalysisError for options that are wrong */
export function alertSink(options: Readonly<Record<string, string>>, environment: ConnectorEnvironment, network: AlertNetwork = { post: sendByFetch, smtp: openSmtp }): Sink {
  return new AlertSink(alertSettings(options["alerts"]), environment, network);
}

class AlertSink implements Sink {
  readonly sinkClass = "outbox";
  readonly guarantee = "at least once";
  readonly outputModes = ["append", "update"] as const;
  readonly description: string;
  readonly #settings: AlertSettings;
  readonly #environment: ConnectorEnvironment;
  readonly #channels: readonly AlertChannel[];
  readonly #memory: AlertMemory;
  #queryId = "";
  #read: (cells: readonly Cell[]) => EdgeRow = () => ({});
  #key: readonly string[] = [];
  #fineColumn: string | undefined;
  #timeColumn: string | undefined;
  #stop = new AbortController();

  constructor(settings: AlertSettings, environment: ConnectorEnvironment, network: AlertNetwork) {
    const { webhook, mail, recovery } = this.#settings = settings;
    this.#environment = environment;
    this.#channels = [
      ...(webhook === undefined ? [] : [new WebhookChannel(webhook, recovery?.template, environment.clock, network.post)]),
      ...(mail === undefined ? [] : [new MailChannel(mail, recovery, network.smtp)]),
    ];
    this.#memory = new AlertMemory(environment.files, settings);
    this.description = `Alerts[${this.#channels.map(({ place }) => place).join(", ")}]`;
  }

  async open({ queryId, schema, hasWatermark, folder }: SinkContext): Promise<void> {
    const { key, recovery, stateLocation, dedupeMicros, rate } = this.#settings, columns = schema.fields.map(field => field.name);
    this.#key = key.length === 0 ? columns : key.map(name => known(name, columns));
    for (const channel of this.#channels) channel.open(columns, this.#key);
    this.#fineColumn = recovery?.when === undefined ? undefined : columnOf(recovery.when, schema, "recovery.when", ["boolean"]);
    this.#timeColumn = recovery?.eventTime === undefined ? undefined : columnOf(recovery.eventTime, schema, "recovery.eventTime", ["timestamp", "timestamp_ntz"]);
    if (this.#timeColumn !== undefined && !hasWatermark) throw invalid("recovery.eventTime", "The option recovery.eventTime of alerts needs a watermark: without one no event time passes.", "withWatermark where the stream is read, or leave eventTime out to go by the machine's clock");
    if (recovery !== undefined && key.length === 0) throw invalid("key", "The option key of alerts must say which columns tell one alert from another, so that the end of one can be seen.");
    const own = stateLocation ?? folder;
    if (own === undefined && (dedupeMicros !== undefined || rate !== undefined || recovery !== undefined)) throw invalid("stateLocation", "What alerts remember must outlast a restart: dedupe, rateLimit and recovery need a checkpoint or the option stateLocation.");
    this.#read = rowReader(schema);
    this.#queryId = queryId;
    this.#stop = new AbortController();
    this.#memory.open(own, queryId);
  }

  async deliver(batchId: number, batches: readonly Batch[], moment: BatchMoment): Promise<void> {
    const memory = this.#memory, { clock, warn } = this.#environment, { retry, deadLetterPath, recovery } = this.#settings;
    if (memory.batchId >= batchId) return; // sent to its end before the crash
    const posting = new Posting({ queryId: this.#queryId, batchId, retry, deadLetterPath, description: this.description, signal: this.#stop.signal }, this.#environment);
    // Rows are taken out of the batches before the first wait: other work of the thread may use their memory.
    const rows = this.#rowsOf(batchId, batches, moment);
    try {
      if (this.#timeColumn === undefined) await this.#endOverdue(moment.batchTimeMicros, posting);
      for (const row of rows) {
        const episode = memory.episodes.get(row.key);
        if (episode !== undefined && row.atMicros - episode.lastMicros >= (recovery?.afterMicros ?? Infinity)) await this.#endSilent(row.key, episode, posting);
        if (row.isFine) await this.#endBy(row, posting);
        else await this.#alert(row, posting);
      }
      if (this.#timeColumn !== undefined) await this.#endOverdue(moment.watermarkMicros!, posting);
    } finally {
      for (const channel of this.#channels) channel.rest();
    }
    posting.keep();
    if (memory.forgotten > 0) warn(`${this.description}: the end of ${memory.forgotten} alerts will not be told, as too many are not over`);
    memory.forgotten = 0;
    memory.save(batchId, clock.nowMicros());
  }

  async stop(): Promise<void> { this.#stop.abort(new ExecutionError({ condition: "MILLRACE_ALERT_FAILED", sqlState: "58030", message: "The query stopped while an alert was being sent." })); }

  dueMicros(): number | undefined {
    const due = this.#timeColumn === undefined ? this.#firstEnd() : undefined;
    return due === undefined ? undefined : Math.ceil(due / 1000) * 1000;
  }

  dueWatermarkMicros(): number | undefined { return this.#timeColumn === undefined ? undefined : this.#firstEnd(); }

  /** When the first alert is over if nothing comes. */
  #firstEnd(): number | undefined {
    const after = this.#settings.recovery?.afterMicros;
    if (after === undefined || this.#memory.episodes.size === 0) return undefined;
    let first = Infinity;
    for (const { lastMicros } of this.#memory.episodes.values()) first = Math.min(first, lastMicros);
    return first + after;
  }

  #rowsOf(batchId: number, batches: readonly Batch[], { batchTimeMicros, watermarkMicros }: BatchMoment): readonly AlertRow[] {
    const rows = batches.flatMap(rowsOf).map((cells, row): AlertRow => {
      const values = this.#read(cells);
      return {
        values, row, batchId, key: stringify(this.#key.map(name => values[name])), envelope: { key: `${this.#queryId}-${batchId}-${row}`, answersTo: undefined, atMicros: batchTimeMicros },
        atMicros: this.#timeColumn === undefined ? batchTimeMicros : microsOf(values[this.#timeColumn]) ?? watermarkMicros!, isFine: this.#fineColumn !== undefined && values[this.#fineColumn] === true,
      };
    });
    // By event time rows act in its order, however they lie in the batch.
    return this.#timeColumn === undefined ? rows : rows.sort((a, b) => a.atMicros - b.atMicros || a.row - b.row);
  }

  async #alert({ values, key, envelope, batchId, row, atMicros }: AlertRow, posting: Posting): Promise<void> {
    const memory = this.#memory, { clock } = this.#environment, now = clock.nowMicros(), suppressed = memory.admit(key, now), before = memory.episodes.get(key), { recovery } = this.#settings;
    const own = { $batchId: batchId, $row: row, $suppressed: suppressed ?? 0, $status: "firing", $startedAt: Timestamp.ofMicros(BigInt(before?.startedMicros ?? atMicros)), $resolvedAt: null, $alerts: (before?.alerts ?? 0) + 1 };
    const taken: AlertChannel[] = [];
    if (suppressed !== undefined) {
      const isLimited = !memory.withinRate(now);
      for (const channel of this.#channels) {
        const message = channel.messageOf({ ...values, ...own });
        if (isLimited) posting.lay(channel, message, envelope, "more alerts than the rate limit allows");
        else if (await posting.send(channel, message, envelope)) taken.push(channel);
      }
      if (taken.length > 0) memory.sent(key, clock.nowMicros());
    }
    if (recovery === undefined || (before === undefined && taken.length === 0)) return;
    const lastMicros = Math.max(before?.lastMicros ?? atMicros, atMicros), after = recovery.afterMicros;
    const notices = Object.fromEntries(this.#channels.filter(channel => taken.includes(channel) || before?.notices[channel.kind] !== undefined).map(channel => (
      [channel.kind, after === undefined ? "" : channel.messageOf({ ...values, ...own, $status: "resolved", $resolvedAt: Timestamp.ofMicros(BigInt(lastMicros + after)) })])));
    if (before === undefined) return memory.began(key, { id: envelope.key, startedMicros: atMicros, lastMicros, alerts: 1, notices });
    Object.assign(before, { lastMicros, alerts: before.alerts + 1, notices } satisfies Partial<Episode>);
    memory.wentOn();
  }

  /** A row says that its key is fine. */
  async #endBy({ key, values, batchId, row, atMicros }: AlertRow, posting: Posting): Promise<void> {
    const episode = this.#memory.episodes.get(key);
    if (episode === undefined) return;
    const own = { $batchId: batchId, $row: row, $suppressed: 0, $status: "resolved", $startedAt: Timestamp.ofMicros(BigInt(episode.startedMicros)), $resolvedAt: Timestamp.ofMicros(BigInt(atMicros)), $alerts: episode.alerts };
    await this.#end(key, episode, channel => channel.messageOf({ ...values, ...own }), atMicros, posting);
  }

  async #endOverdue(atMicros: number, posting: Posting): Promise<void> {
    const after = this.#settings.recovery?.afterMicros;
    if (after === undefined) return;
    const over = [...this.#memory.episodes].filter(([, { lastMicros }]) => lastMicros + after <= atMicros).sort(([, a], [, b]) => a.lastMicros - b.lastMicros);
    for (const [key, episode] of over) await this.#endSilent(key, episode, posting);
  }

  /** No row of the key came for the time that was given: the notice was written with the last alert. */
  async #endSilent(key: string, episode: Episode, posting: Posting): Promise<void> {
    await this.#end(key, episode, channel => episode.notices[channel.kind]!, episode.lastMicros + this.#settings.recovery!.afterMicros!, posting);
  }

  async #end(key: string, { id, notices }: Episode, messageOf: (channel: AlertChannel) => string, atMicros: number, posting: Posting): Promise<void> {
    for (const channel of this.#channels) if (notices[channel.kind] !== undefined) await posting.send(channel, messageOf(channel), { key: `${id}-resolved`, answersTo: id, atMicros });
    this.#memory.ended(key);
  }
}

/** @throws AnalysisError for no column, or one of another type */
function columnOf(name: string, schema: StructType, option: string, kinds: readonly string[]): string {
  const column = known(name, schema.fields.map(field => field.name)), field = schema.fields.find(one => one.name === column);
  if (field === undefined || !kinds.includes(field.type.kind)) throw invalid(option, `The option ${option} of alerts names a column of type ${kinds.join(" or ").toUpperCase()}, and ${column} is ${field?.type.kind.toUpperCase() ?? "none"}.`);
  return column;
}

const microsOf = (value: unknown): number | undefined => (value instanceof Timestamp || value instanceof TimestampNtz ? Number(value.epochMicros) : undefined);

const invalid = (option: string, message: string, hint?: string): AnalysisError => new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message, messageParameters: { option }, hint });
