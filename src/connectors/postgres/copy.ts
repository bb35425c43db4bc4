/**
 * COPY in both directions, as PostgreSQL's documentation of the frontend/backend protocol has it ("COPY Operations"): the
 * client `pg` hands over what comes, and what goes is written to its socket in whole messages.
 */
import { once } from "node:events";
import type { PostgresConnection, Submittable, Wire } from "./connection.ts";

/** Bytes before the contents of a CopyData message: its letter and its length. */
export const COPY_HEADER_BYTES = 5;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/** Writes letter and length into the first bytes of a message. */
export function frameCopyData(message: Buffer): Buffer {
  message[0] = 0x64;
  message.writeUInt32BE(message.length - 1, 1);
  return message;
}

abstract class Copy implements Submittable {
  readonly connection: PostgresConnection;
  readonly #doing: string;
  readonly #sql: string;
  readonly #done = Promise.withResolvers<number>();
  #rows = 0;
  protected failure: unknown;

  constructor(connection: PostgresConnection, doing: string, sql: string) {
    this.connection = connection;
    this.#doing = doing;
    this.#sql = sql;
    this.#done.promise.catch(() => { /* whoever waits is told */ });
  }

  /** Rows, once the server has said so. */
  get done(): Promise<number> { return this.#done.promise; }

  submit(wire: Wire): void { wire.query(this.#sql); }
  handleError(error: unknown): void {
    this.failure ??= this.connection.error(error, this.#doing);
    this.#done.reject(this.failure);
  }
  handleCommandComplete({ text }: { readonly text: string }): void { this.#rows = Number(/\d+$/.exec(text)?.[0] ?? 0); }
  handleReadyForQuery(): void { this.#done.resolve(this.#rows); }
  handleRowDescription(): void { /* COPY has none */ }
  handleDataRow(): void { /* COPY has none */ }
  handleEmptyQuery(): void { /* it isn't */ }
  handlePortalSuspended(): void { /* nothing is */ }
}

/** COPY ... FROM STDIN. Messages that are given before the server is ready wait for it. */
export class CopyIn extends Copy {
  #wire: Wire | undefined;
  #waiting: Buffer[] = [];

  static begin(connection: PostgresConnection, doing: string, sql: string): CopyIn {
    const copy = new CopyIn(connection, doing, sql);
    connection.submit(copy);
    return copy;
  }

  /** A framed message, which is not changed any more. */
  write(message: Buffer): void {
    if (this.failure !== undefined) return;
    if (this.#wire === undefined) this.#waiting.push(message);
    else this.#wire.stream.write(message);
  }

  /** Resolves when the socket has room again, or it is all over. */
  async ready(): Promise<void> {
    const { stream } = this.connection;
    if (this.failure === undefined && stream.writableNeedDrain && !stream.destroyed) await Promise.race([once(stream, "drain"), this.done]);
  }

  /** All is written: resolves with the rows that the server took. */
  async end(): Promise<number> {
    this.write(COPY_DONE);
    return await this.done;
  }

  handleCopyInResponse(wire: Wire): void {
    this.#wire = wire;
    for (const message of this.#waiting) wire.stream.write(message);
    this.#waiting = [];
  }
}

/** COPY ... TO STDOUT: a call a row, with the bytes of its line; they are valid until the call returns. */
export class CopyOut extends Copy {
  readonly #row: (bytes: Buffer) => void;

  constructor(connection: PostgresConnection, doing: string, sql: string, row: (bytes: Buffer) => void) {
    super(connection, doing, sql);
    this.#row = row;
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.failure !== undefined) return;
    try { this.#row(chunk); } catch (error) { this.giveUp(error); }
  }

  /** Reads no further. The connection can't be used again: the server would go on sending. */
  giveUp(error: unknown): void {
    this.handleError(error);
    this.connection.destroy();
  }
}
