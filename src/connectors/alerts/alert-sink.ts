/**
 * Rows as alerts: each is posted to a webhook, in order. A batch that was decided and perhaps not sent to its end before a
 * crash is sent again, with the same bodies under the same `Idempotency-Key`: at least once, once for a receiver that
 * knows its keys. What can't be delivered goes to a file, or ends the query.
 */
import { ExecutionError } from "../../base/errors.ts";
import { makeFolders } from "../../base/files.ts";
import type { Batch } from "../../columns/batch.ts";
import { rowsOf } from "../../columns/cells.ts";
import type { Sink, SinkContext } from "../../io/sink.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { rowReader, type EdgeRow } from "../../types/edge-values.ts";
import { stringify } from "../../types/values.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { AlertMemory } from "./alert-memory.ts";
import { alertSettings, type AlertSettings } from "./alert-options.ts";
import { compileTemplate, known, type AlertValues } from "./alert-template.ts";
import { deliverAlert, sendByFetch, type SendRequest } from "./webhook.ts";

interface Letter { readonly batchId: number; readonly row: number; readonly idempotencyKey: string; readonly reason: string; readonly body: unknown; readonly at: string }

/** @throws AnalysisError for options that are wrong or not built */
export function alertSink(options: Readonly<Record<string, string>>, environment: ConnectorEnvironment, send: SendRequest = sendByFetch): Sink {
  return new AlertSink(alertSettings(options["alerts"]), environment, send);
}

class AlertSink implements Sink {
  readonly sinkClass = "outbox";
  readonly guarantee = "at least once";
  readonly outputModes = ["append", "update"] as const;
  readonly description: string;
  readonly #settings: AlertSettings;
  readonly #environment: ConnectorEnvironment;
  readonly #send: SendRequest;
  readonly #memory: AlertMemory;
  #queryId = "";
  #read: (cells: ReturnType<typeof rowsOf>[number]) => EdgeRow = () => ({});
  #body: (values: AlertValues) => unknown = () => null;
  #key: readonly string[] = [];
  #stop = new AbortController();

  constructor(settings: AlertSettings, environment: ConnectorEnvironment, send: SendRequest) {
    this.#settings = settings;
    this.#environment = environment;
    this.#send = send;
    this.#memory = new AlertMemory(environment.files, settings.stateLocation, settings);
    this.description = `Alerts[${settings.host}]`;
  }

  async open({ queryId, schema }: SinkContext): Promise<void> {
    const { template, key } = this.#settings, columns = schema.fields.map(field => field.name);
    this.#body = template === undefined ? values => Object.fromEntries(columns.map(name => [name, values[name]])) : compileTemplate(template, columns);
    this.#key = key.length === 0 ? columns : key.map(name => known(name, columns));
    this.#read = rowReader(schema);
    this.#queryId = queryId;
    this.#stop = new AbortController();
    this.#memory.open(queryId);
  }

  async deliver(batchId: number, batches: readonly Batch[]): Promise<void> {
    const memory = this.#memory, { clock } = this.#environment, letters: Letter[] = [];
    /** After one that failed to the end the others are tried once, until one is taken: a receiver that is down doesn't cost each its pauses. */
    let attempts = this.#settings.retry.attempts;
    if (memory.batchId >= batchId) return; // sent to its end before the crash
    // Rows are taken out of the batches before the first wait: other work of the thread may use their memory.
    for (const [row, cells] of batches.flatMap(rowsOf).entries()) {
      const values = this.#read(cells), key = stringify(this.#key.map(name => values[name])), now = clock.nowMicros(), suppressed = memory.admit(key, now);
      if (suppressed === undefined) continue;
      const body = this.#body({ ...values, $batchId: batchId, $row: row, $suppressed: suppressed }), idempotencyKey = `${this.#queryId}-${batchId}-${row}`;
      const isLimited = !memory.withinRate(now), reason = isLimited ? "more alerts than the rate limit allows" : await this.#post(stringify(body), idempotencyKey, attempts);
      if (reason === undefined) memory.sent(key, clock.nowMicros());
      else if (!isLimited && this.#settings.deadLetterPath === undefined) throw this.#failed(batchId, reason);
      if (!isLimited) attempts = reason === undefined ? this.#settings.retry.attempts : 1;
      if (reason !== undefined) letters.push({ batchId, row, idempotencyKey, reason, body, at: new Date(clock.nowMicros() / 1000).toISOString() });
    }
    if (letters.length > 0) this.#keep(batchId, letters);
    memory.save(batchId, clock.nowMicros());
  }

  async stop(): Promise<void> { this.#stop.abort(new ExecutionError({ condition: "MILLRACE_ALERT_FAILED", sqlState: "58030", message: "The query stopped while an alert was being sent." })); }

  #post(body: string, idempotencyKey: string, attempts: number): Promise<string | undefined> {
    const { url, headers, timeoutMillis, retry } = this.#settings;
    return deliverAlert(this.#send, { url, body, timeoutMillis, signal: this.#stop.signal, headers: { "Content-Type": "application/json", ...headers, "Idempotency-Key": idempotencyKey } }, { ...retry, attempts }, this.#environment.clock, this.#environment.random);
  }

  #failed(batchId: number, reason: string): ExecutionError {
    return new ExecutionError({
      condition: "MILLRACE_ALERT_FAILED", sqlState: "58030", message: `An alert of batch ${batchId} could not be sent to ${this.#settings.host}: ${reason}.`,
      messageParameters: { batchId: String(batchId), reason }, hint: "restart() tries again later; with deadLetterPath such alerts are kept in a file and the query goes on",
    });
  }

  /** Alerts that were not sent, as lines of JSON in a file of the batch; without a place for them they are only counted. */
  #keep(batchId: number, letters: readonly Letter[]): void {
    const { deadLetterPath: folder } = this.#settings, { files, warn } = this.#environment, told = `${this.description}: ${letters.length} alerts of batch ${batchId} were not sent: ${letters[0]!.reason}`;
    if (folder === undefined) return warn(told);
    makeFolders(files, folder);
    const path = `${folder}/alerts-${this.#queryId}-${String(batchId).padStart(20, "0")}.ndjson`;
    replaceFile(files, path, Buffer.from(letters.map(letter => `${stringify(letter)}\n`).join("")));
    warn(`${told}; they are in ${path}`);
  }
}
