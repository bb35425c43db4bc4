/**
 * A connection to a broker for fetching: what it answers goes from the socket straight into linear memory, where it is
 * decoded. Frames: https://kafka.apache.org/protocol#protocol_common
 */
import { Buffer } from "node:buffer";
import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Connection, Reader, Writer } from "@platformatic/kafka";
import type { Clock, Timer } from "../../base/clock.ts";
import { linearMemory } from "../../memory/linear-memory.ts";
import type { KafkaClient } from "./client.ts";
import type { KafkaConnectionOptions } from "./options.ts";

/** Where bytes go that come while no answer is open: its length, and whatever came with it. */
const LANDING_BYTES = 4096;
const CONNECT_MILLIS = 10_000;
/** Of the time that credentials are good for, after which a new connection is made. */
const CREDENTIALS_PART = 0.8;

/** The bytes behind the length of one answer. Whoever got it gives it back. */
export class Frame {
  /** In linear memory. */
  readonly bytes: Buffer;
  readonly #pointer: number;
  #isHeld = true;

  constructor(length: number) {
    const memory = linearMemory();
    this.#pointer = memory.allocate(length);
    this.bytes = memory.bytes.subarray(this.#pointer, this.#pointer + length);
  }

  release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    linearMemory().free(this.#pointer, this.bytes.length);
  }
}

interface Waiting { readonly correlation: number; readonly take: (frame: Frame) => void; readonly fail: (error: Error) => void; readonly timer: Timer }
type Parser = (correlation: number, key: number, version: number, reader: Reader) => unknown;

export class FetchConnection {
  readonly #client: KafkaClient;
  readonly #options: KafkaConnectionOptions;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #landing = Buffer.allocUnsafeSlow(LANDING_BYTES);
  #landed = 0;
  /** The answer that comes in, and how much of it is there. */
  #frame: Frame | undefined;
  #filled = 0;
  #correlation = 0;
  /** Answers come in the order of the requests. */
  readonly #waiting: Waiting[] = [];
  #isOpen = true;
  #isRetired = false;
  #goodUntilMicros = Number.POSITIVE_INFINITY;

  private constructor(client: KafkaClient, { host, port }: { readonly host: string; readonly port: number }, options: KafkaConnectionOptions, clock: Clock) {
    this.#client = client;
    this.#options = options;
    this.#clock = clock;
    const onread: OnReadOpts = { buffer: () => this.#room(), callback: count => this.#received(count) };
    // Node's types know `onread` of plain sockets only; sockets with TLS take it as well.
    this.#socket = options.tls === undefined ? connectPlain({ host, port, noDelay: true, onread }) : connectTls({ servername: isIP(host) === 0 ? host : "", ...options.tls, host, port, onread } as object);
    this.#socket.setNoDelay(true);
    this.#socket.on("error", error => this.#end(error));
    this.#socket.on("close", () => {
      this.#end(new Error("the broker closed it"));
      this.#frame?.release();
      this.#frame = undefined;
    });
  }

  /** Connects, and shows credentials. Not retried. */
  static async open(client: KafkaClient, node: { readonly host: string; readonly port: number }, options: KafkaConnectionOptions, clock: Clock): Promise<FetchConnection> {
    const connection = new FetchConnection(client, node, options, clock);
    try {
      await connection.#connected();
      if (options.sasl !== undefined) await connection.#authenticate(options.sasl);
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** False: the next request needs another connection. */
  get isGood(): boolean { return this.#isOpen && this.#clock.monotonicMicros() < this.#goodUntilMicros; }

  /** Sends what the client made of a request; the answer comes behind its header. `patience`: how long it may take, in milliseconds. */
  request(key: number, version: number, payload: Writer, patience: number): Promise<Frame> {
    return new Promise((take, fail) => this.#post(key, version, payload, true, patience, take, fail));
  }

  /** Is closed when all that was asked for has come. */
  retire(): void {
    this.#isRetired = true;
    if (this.#waiting.length === 0) this.close();
  }

  close(): void {
    this.#end(new Error("it was closed"));
    this.#socket.destroy();
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error): void => reject(new this.#client.NetworkError("Connection failed.", { cause }));
      const timer = this.#clock.after(1000 * Math.min(this.#options.requestTimeoutMillis, CONNECT_MILLIS), () => fail(new Error("it took too long")));
      this.#socket.once(this.#options.tls === undefined ? "connect" : "secureConnect", () => { timer.cancel(); resolve(); });
      this.#socket.once("error", error => { timer.cancel(); fail(error); });
    });
  }

  /** As the client does on its own connections. @throws its AuthenticationError */
  async #authenticate({ mechanism, username, password }: NonNullable<KafkaConnectionOptions["sasl"]>): Promise<void> {
    const client = this.#client, wire = this as unknown as Connection;
    try {
      await client.saslHandshakeV1.api.async(wire, mechanism);
      const { api } = client.saslAuthenticateV2;
      const { sessionLifetimeMs } = await (mechanism === "PLAIN" ? client.saslPlain.authenticate(api, wire, username, password)
        : client.saslScramSha.authenticate(api, wire, mechanism.slice("SCRAM-".length) as "SHA-256", username, password));
      if (sessionLifetimeMs > 0n) this.#goodUntilMicros = this.#clock.monotonicMicros() + CREDENTIALS_PART * 1000 * Number(sessionLifetimeMs);
    } catch (error) {
      if (error instanceof client.NetworkError || error instanceof client.TimeoutError) throw error;
      throw error instanceof client.AuthenticationError ? error : new client.AuthenticationError("SASL authentication failed.", { cause: error as Error });
    }
  }

  /** What the client's requests call on its own connections. */
  send(key: number, version: number, create: () => Writer, parse: Parser, hasRequestTags: boolean, hasAnswerTags: boolean, done: (error: Error | null, answer?: unknown) => void): void {
    this.#post(key, version, create(), hasRequestTags, this.#options.requestTimeoutMillis, frame => {
      let answer: unknown;
      try {
        answer = parse(0, key, version, this.#client.Reader.from(Buffer.from(frame.bytes.subarray(hasAnswerTags ? 5 : 4))));
      } catch (error) {
        return done(error as Error);
      } finally {
        frame.release();
      }
      done(null, answer);
    }, done);
  }

  #post(key: number, version: number, payload: Writer, hasTags: boolean, patience: number, take: Waiting["take"], fail: Waiting["fail"]): void {
    if (!this.#isOpen) return fail(new this.#client.NetworkError("Connection closed"));
    const correlation = this.#correlation = (this.#correlation + 1) & 0x7fffffff;
    const writer = this.#client.Writer.create().appendInt16(key).appendInt16(version).appendInt32(correlation).appendString(this.#options.clientId, false);
    if (hasTags) writer.appendTaggedFields();
    const timer = this.#clock.after(1000 * patience, () => {
      this.#end(new this.#client.TimeoutError("Request timed out", { canRetry: true }));
      this.#socket.destroy();
    });
    this.#waiting.push({ correlation, take, fail, timer });
    this.#socket.write(writer.appendFrom(payload).prependLength().buffer);
  }

  /** Where the next bytes go: behind those of an open answer and never past its end. */
  #room(): Buffer { return this.#frame === undefined ? this.#landing.subarray(this.#landed) : this.#frame.bytes.subarray(this.#filled); }

  #received(count: number): boolean {
    try {
      if (this.#frame === undefined) {
        this.#landed += count;
        this.#land();
      } else {
        this.#filled += count;
        if (this.#filled === this.#frame.bytes.length) this.#complete(this.#frame);
      }
    } catch (error) {
      this.#end(error as Error);
      this.#socket.destroy();
    }
    return true;
  }

  /** Opens the answers whose lengths have come. */
  #land(): void {
    const landing = this.#landing;
    let at = 0;
    while (this.#frame === undefined && this.#landed - at >= 4) {
      const length = landing.readInt32BE(at), have = Math.min(length, this.#landed - at - 4);
      if (length < 4) throw new Error(`an answer of ${length} bytes`);
      this.#frame = new Frame(length);
      this.#frame.bytes.set(landing.subarray(at + 4, at + 4 + have));
      this.#filled = have;
      at += 4 + have;
      if (have === length) this.#complete(this.#frame);
    }
    landing.copyWithin(0, at, this.#landed);
    this.#landed -= at;
  }

  #complete(frame: Frame): void {
    this.#frame = undefined;
    const waiting = this.#waiting.shift();
    if (waiting === undefined || waiting.correlation !== frame.bytes.readInt32BE(0)) {
      frame.release();
      if (waiting !== undefined) this.#waiting.unshift(waiting);
      throw new Error("an answer to another request");
    }
    waiting.timer.cancel();
    waiting.take(frame);
    if (this.#isRetired && this.#waiting.length === 0) this.close();
  }

  /** No answer comes any more. */
  #end(why: Error): void {
    this.#isOpen = false;
    const error = why instanceof this.#client.TimeoutError || "condition" in why ? why : new this.#client.NetworkError("Connection closed", { cause: why });
    for (const waiting of this.#waiting.splice(0)) {
      waiting.timer.cancel();
      waiting.fail(error);
    }
  }
}
