/**
 * Lines of text from a TCP server, as Spark's socket source: `value STRING`, with `includeTimestamp` also
 * `timestamp TIMESTAMP`, the time at which the line came. A connection can't be asked again, so results over it are at
 * most once: rows that a run had read and not delivered are gone with it.
 *
 * Options: `host`, `port`; `includeTimestamp`, default false; `reconnect`, how long to wait before connecting again when
 * the connection fails or ends: doubled each time up to a minute, and begun anew by a line. Without it the first failure
 * ends the query, and a connection that ends leaves it without further rows, as in Spark.
 */
import { connect, type Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { AnalysisError, ExecutionError } from "../../base/errors.ts";
import { batchesOf } from "../../columns/row-batches.ts";
import { RAW_BYTES } from "../../formats/format-reader.ts";
import { booleanOption, invalidOption, optionOf, positiveOption } from "../../formats/options.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../io/source.ts";
import { Arena } from "../../memory/arena.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import type { Cell } from "../../types/cell.ts";
import { STRING, TIMESTAMP, field, struct } from "../../types/data-type.ts";
import { durationMicros } from "../../types/duration.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { LineSplitter, type Line, type LongLine } from "./line-splitter.ts";

/** Bytes that wait for the query; then the connection is left alone, which holds its sender back. */
const MAX_WAITING_BYTES = 8 << 20, MAX_LINE_BYTES = 1 << 20, MAX_PAUSE_MICROS = 60e6;
const VALUE = field("value", STRING), ARRIVED = field("timestamp", TIMESTAMP);

interface Place { readonly host: string; readonly port: number; readonly reconnectMicros: number | undefined; readonly maxLineBytes: number }

/** @throws AnalysisError MILLRACE_INVALID_OPTION */
export function socketTable({ options, schema, isStreaming }: ReadDataSource, { clock, warn }: ConnectorEnvironment): Table {
  const host = optionOf(options, "host"), port = positiveOption(options, "port", 0), reconnect = optionOf(options, "reconnect");
  const invalid = (message: string, option: string) => new AnalysisError({ condition: "MILLRACE_INVALID_OPTION", sqlState: "22023", message, messageParameters: { option } });
  if (host === undefined || host === "") throw invalid('Set a host to read from with option("host", ...).', "host");
  if (port < 1 || port > 65535) throw invalid('Set a port to read from with option("port", ...).', "port");
  if (schema !== undefined) throw invalid("The socket source does not support a user-specified schema.", "schema");
  const reconnectMicros = reconnect === undefined ? undefined : Number(durationMicros(reconnect));
  if (reconnectMicros !== undefined && reconnectMicros <= 0) throw invalidOption("reconnect", reconnect!, "a time greater than zero");
  const place = { host, port, reconnectMicros, maxLineBytes: positiveOption(options, "maxRecordBytes", MAX_LINE_BYTES) };
  const description = `TextSocketV2[host: ${host}, port: ${port}]`;
  return {
    name: "socket", description, schema: struct(booleanOption(options, "includeTimestamp", false) ? [VALUE, ARRIVED] : [VALUE]), isStreaming, replayable: false,
    fingerprint: { socket: `${host}:${port}` }, stream: () => new SocketSource(description, place, clock, warn),
  };
}

interface Arrived { readonly line: Line | LongLine; readonly atMicros: number }

class SocketSource implements StreamSource {
  readonly replayable = false;
  readonly description: string;
  readonly #place: Place;
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  #lines: Arrived[] = [];
  /** The number of `#lines[0]`. */
  #first = 0;
  /** Bytes of lines that no batch has. */
  #unreadBytes = 0;
  #position: number | undefined;
  #socket: Socket | undefined;
  #connecting: Promise<void> | undefined;
  #timer: Timer | undefined;
  #pauseMicros: number;
  #stopped = false;
  #end = Number.POSITIVE_INFINITY;
  #connections = 0;
  #wake: () => void = () => {};

  constructor(description: string, place: Place, clock: Clock, warn: (text: string) => void) {
    this.description = description;
    this.#place = place;
    this.#clock = clock;
    this.#warn = warn;
    this.#pauseMicros = place.reconnectMicros ?? 0;
  }

  async latest(from: Offset, { maxRows = Number.POSITIVE_INFINITY }: ReadLimit): Promise<Offset> {
    const before = numberOf(from);
    if (this.#position === undefined) {
      this.#position = before; // Numbers go on where an earlier run stopped; its lines are gone.
      this.#first = before + 1;
    }
    await (this.#connecting ??= this.#connect());
    const end = Math.min(this.#first + this.#lines.length - 1, before + maxRows, this.#end);
    for (let number = this.#position + 1; number <= end; number++) this.#unreadBytes -= this.#lines[number - this.#first]!.line.bytes;
    this.#position = Math.max(this.#position, end);
    if (this.#unreadBytes < MAX_WAITING_BYTES / 2) this.#socket?.resume();
    return end <= before ? from : end;
  }

  async freeze(): Promise<void> { this.#end = this.#first + this.#lines.length - 1; }
  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: numberOf(from) + 1, to: numberOf(to) }]; }

  async read(split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const { from, to } = split as { from: number; to: number }, rows: (readonly Cell[])[] = [];
    for (const [at, { line, atMicros }] of this.#lines.slice(Math.max(0, from - this.#first), Math.max(0, to + 1 - this.#first)).entries()) {
      if ("text" in line) rows.push([line.text, BigInt(atMicros)]);
      else receiver.badRecord({ origin: this.description, offset: from + at, length: line.bytes, reason: `the line has more than ${this.#place.maxLineBytes} bytes`, raw: line.start });
    }
    const arena = new Arena();
    try {
      for (const batch of batchesOf(struct([VALUE, ARRIVED]), rows, arena, { columns: request.columns })) {
        const more = receiver.push(batch);
        arena.reset();
        if (!more) return;
      }
    } finally {
      arena.release();
    }
  }

  committed(to: Offset): void {
    const done = Math.min(numberOf(to) + 1 - this.#first, this.#lines.length);
    if (done <= 0) return;
    this.#lines.splice(0, done);
    this.#first += done;
  }

  backlogRows(from: Offset, to: Offset): number { return numberOf(to) - numberOf(from); }
  onData(wake: () => void): void { this.#wake = wake; }
  metrics(): Readonly<Record<string, string>> { return { connections: String(this.#connections) }; }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#socket?.destroy();
  }

  /** Resolves with the first connection, or at once if it will be tried again and again. */
  #connect(): Promise<void> {
    const { host, port, maxLineBytes, reconnectMicros } = this.#place, { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = (this.#socket = connect(port, host)), lines = new LineSplitter(maxLineBytes, RAW_BYTES);
    let failure: Error | undefined;
    socket.on("connect", () => {
      this.#connections++;
      resolve();
    });
    socket.on("data", (chunk: Buffer) => {
      lines.push(chunk, line => this.#take(line));
      this.#pauseMicros = reconnectMicros ?? 0;
      if (this.#unreadBytes > MAX_WAITING_BYTES) socket.pause();
      this.#wake();
    });
    socket.on("error", error => { failure = error; });
    socket.on("close", () => {
      if (this.#stopped) return resolve();
      lines.end(line => this.#take(line));
      this.#wake();
      if (reconnectMicros === undefined) {
        this.#warn(`${this.description}: ${failure === undefined ? "the other side ended the connection" : failure.message}; no more rows will come`);
        return reject(new ExecutionError({ condition: "MILLRACE_SOCKET_FAILED", sqlState: "08001", message: `There is no connection to ${host}:${port}: ${failure?.message ?? "closed"}.`, messageParameters: { host, port: String(port) }, hint: 'start the server first, or set the option reconnect: "1 second"', cause: failure }));
      }
      resolve();
      this.#timer = this.#clock.after(this.#pauseMicros, () => void this.#connect());
      this.#pauseMicros = Math.min(this.#pauseMicros * 2, MAX_PAUSE_MICROS);
    });
    return promise;
  }

  #take(line: Line | LongLine): void {
    this.#lines.push({ line, atMicros: this.#clock.nowMicros() });
    this.#unreadBytes += line.bytes;
  }
}

const numberOf = (offset: Offset): number => (offset as number | null) ?? -1;
