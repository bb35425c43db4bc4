/**
 * Standard input as a stream of lines: NDJSON, or text with one column `value` if the first line isn't a JSON object.
 * What was read from a pipe can't be read again, so results over it are at most once. Reading pauses while the query
 * doesn't keep up: the pipe then holds its writer back.
 */
import type { Readable } from "node:stream";
import type { FormatContext, SchemaInference } from "../../formats/file-format.ts";
import type { FormatReader } from "../../formats/format-reader.ts";
import { jsonFileFormat } from "../../formats/json/json-file-format.ts";
import { textFileFormat } from "../../formats/text/text-file-format.ts";
import type { BatchReceiver, Offset, ReadLimit, ReadRequest, Split, StreamSource, Table } from "../../io/source.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { ReadDataSource } from "../../plan/relations.ts";
import { struct, type StructType } from "../../types/data-type.ts";
import type { ConnectorEnvironment } from "../environment.ts";

/** Bytes read ahead of the query; then the pipe is left alone. The beginning of a longer line is handed on. */
const MAX_WAITING_BYTES = 8 << 20;
/** The schema is inferred from what came until then, or from this many bytes. */
const INFER_BYTES = 64 * 1024, INFER_QUIET_MILLIS = 200;

/** The process has one standard input: read ahead once, by whoever asks first. */
let shared: LineBuffer | undefined;

export async function standardInputTable(read: ReadDataSource, environment: ConnectorEnvironment): Promise<Table> {
  const buffer = (shared ??= new LineBuffer(process.stdin));
  // With a schema nothing has to be there for the query to start.
  const sample = read.schema === undefined ? await buffer.sample() : Buffer.alloc(0);
  const isText = read.schema === undefined && !/^\s*\{/.test(sample.toString("utf8"));
  const format = isText ? textFileFormat : jsonFileFormat, context: FormatContext = { options: read.options, timeZone: environment.timeZone, nowMicros: () => BigInt(Math.round(environment.clock.nowMicros())) };
  const schema = read.schema ?? format.fixedSchema ?? inferredFrom(wholeLines(sample), format.inference!(context));
  const makeFormat = (columns: readonly string[]): FormatReader => format.reader(struct(columns.map(name => schema.fields.find(field => field.name === name)!)), schema, context);
  return {
    name: "stdin", description: "StandardInput", schema, schemaIsInferred: !isText && read.schema === undefined, isStreaming: true, replayable: false, fingerprint: { standardInput: true },
    stream: () => new StandardInput(buffer, makeFormat),
  };
}

function inferredFrom(sample: Uint8Array, inference: SchemaInference): StructType {
  inference.add(sample, true);
  return inference.schema();
}

const wholeLines = (bytes: Buffer): Buffer => {
  const end = bytes.lastIndexOf(10);
  return end < 0 ? bytes : bytes.subarray(0, end + 1);
};

/** Chunks of the pipe that no batch has taken. */
class LineBuffer {
  readonly #input: Readable;
  #chunks: Buffer[] = [];
  #bytes = 0;
  ended = false;
  onData: () => void = () => {};

  constructor(input: Readable) {
    this.#input = input;
    input.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > MAX_WAITING_BYTES) input.pause();
      this.onData();
    });
    input.on("end", () => {
      this.ended = true;
      this.onData();
    });
  }

  /** The beginning of the input, once there is a whole line and a short silence, enough bytes, or the end. */
  async sample(): Promise<Buffer> {
    while (!this.ended && this.#bytes < INFER_BYTES) {
      const before = this.#bytes, changed = Promise.withResolvers<void>(), onData = this.onData;
      this.onData = () => { onData(); changed.resolve(); };
      const hasLine = this.#chunks.some(chunk => chunk.includes(10));
      const timer = hasLine ? setTimeout(changed.resolve, INFER_QUIET_MILLIS) : undefined;
      await changed.promise;
      clearTimeout(timer);
      this.onData = onData;
      if (hasLine && this.#bytes === before) break;
    }
    return Buffer.concat(this.#chunks);
  }

  /**
   * Bytes up to the last line end, or all at the end of the input. Of a line that is longer than what is read ahead, what
   * there is, so that the pipe goes on; but not the last byte, which brings the end of the input to the reader.
   */
  get readyBytes(): number {
    if (this.ended) return this.#bytes;
    let bytes = this.#bytes;
    for (let i = this.#chunks.length - 1; i >= 0; i--) {
      const chunk = this.#chunks[i]!, end = chunk.lastIndexOf(10);
      bytes -= chunk.length;
      if (end >= 0) return bytes + end + 1;
    }
    return this.#bytes > MAX_WAITING_BYTES ? this.#bytes - 1 : 0;
  }

  take(bytes: number): Buffer {
    const all = Buffer.concat(this.#chunks), rest = all.subarray(bytes);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#bytes = rest.length;
    if (this.#bytes < MAX_WAITING_BYTES / 2) this.#input.resume();
    return all.subarray(0, bytes);
  }

  close(): void {
    this.#input.pause();
    this.#input.removeAllListeners("data");
    (this.#input as { unref?: () => void }).unref?.();
  }
}

class StandardInput implements StreamSource {
  readonly description = "StandardInput";
  readonly replayable = false;
  readonly #buffer: LineBuffer;
  readonly #makeFormat: (columns: readonly string[]) => FormatReader;
  /** What `latest` gave out last; ends at `#position`. */
  #pending: Buffer = Buffer.alloc(0);
  #position: number | undefined;
  /** Whether `#pending` begins, and ends, where a line does. */
  #fromLineStart = true;
  #toLineEnd = true;
  /** A reader for each set of columns that the query asks for; within a long line they hold its beginning. */
  readonly #formats = new Map<string, FormatReader>();

  constructor(buffer: LineBuffer, makeFormat: (columns: readonly string[]) => FormatReader) {
    this.#buffer = buffer;
    this.#makeFormat = makeFormat;
  }

  get ended(): boolean { return this.#buffer.ended && this.#buffer.readyBytes === 0; }

  async latest(from: Offset, _limit: ReadLimit): Promise<Offset> {
    const before = (from as number | null) ?? 0;
    this.#position ??= before;
    const bytes = this.#buffer.readyBytes;
    if (bytes === 0) return from;
    this.#pending = this.#buffer.take(bytes);
    this.#position += bytes;
    this.#fromLineStart = this.#toLineEnd;
    this.#toLineEnd = this.#pending.at(-1) === 10 || this.ended;
    return this.#position;
  }

  async plan(from: Offset, to: Offset): Promise<readonly Split[]> { return [{ from: (from as number | null) ?? 0, to }]; }

  async read(_split: Split, request: ReadRequest, receiver: BatchReceiver): Promise<void> {
    const format = this.#formatFor(request.columns), memory = linearMemory(), bytes = this.#pending;
    if (this.#fromLineStart) format.reset((this.#position ?? 0) - bytes.length);
    let at = 0;
    do {
      const { pointer, length } = format.space(), part = bytes.subarray(at, at + length);
      memory.u8.set(part, pointer);
      at += part.length;
      format.filled(part.length);
      if (at === bytes.length && this.#toLineEnd) format.end();
      for (let decoded = format.next(); decoded !== undefined; decoded = format.next()) {
        for (const bad of decoded.badRecords) {
          if (bad.outcome !== "kept") receiver.badRecord({ origin: "stdin", offset: bad.offset, length: bad.length, reason: bad.reason, raw: bad.raw(), ...(bad.column !== undefined && { column: bad.column }) });
        }
        if (decoded.batch.count > 0) receiver.push(decoded.batch);
      }
    } while (at < bytes.length);
  }

  committed(): void { /* a pipe keeps nothing */ }
  onData(wake: () => void): void { this.#buffer.onData = wake; }

  stop(): void {
    this.#buffer.close();
    for (const format of this.#formats.values()) format.release();
    this.#formats.clear();
  }

  #formatFor(columns: readonly string[]): FormatReader {
    const key = JSON.stringify(columns);
    let format = this.#formats.get(key);
    if (format === undefined) this.#formats.set(key, format = this.#makeFormat(columns));
    return format;
  }
}
