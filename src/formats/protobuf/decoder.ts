/**
 * Messages in Protobuf's wire format (https://protobuf.dev/programming-guides/encoding/) to a column of structs.
 */
import type { StructType } from "../../types/data-type.ts";
import { BinaryDecoder } from "../binary/binary-decoder.ts";
import type { ByteCursor } from "../binary/byte-cursor.ts";
import type { ProtoMessage } from "./descriptor.ts";
import { MessageReader, type ProtoDecodeOptions } from "./message-reader.ts";

export class ProtoDecoder extends BinaryDecoder {
  readonly #read: (cursor: ByteCursor) => void;

  constructor(message: ProtoMessage, type: StructType, options: ProtoDecodeOptions) {
    super(type);
    const root = new MessageReader(message, this.column, { ...options, constants: this.constants, place: bytes => this.column.arena.allocate(bytes) }, true);
    this.#read = cursor => root.read(cursor);
  }

  /** Reads a message of linear memory as the next row. False: it is malformed, and no row was written. */
  record(from: number, length: number): boolean {
    this.cursor.over(from, length);
    return this.next(this.#read);
  }
}
