/** Arrow in and out: the bytes of its stream format, which the libraries of all languages read and write. */
import { badArgument } from "./api-errors.ts";
import type { ArrowTable } from "./given-data.ts";

/** A table of apache-arrow or flechette; a file or a stream of Arrow: whole, or in pieces as a Node stream gives them. */
export type ArrowData = ArrowTable | Uint8Array | ArrayBuffer | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
export interface ArrowOptions { readonly compression?: "none" | "lz4" | "zstd" }

export async function bytesOf(data: ArrowData): Promise<Uint8Array> {
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (!(Symbol.asyncIterator in data || Symbol.iterator in data)) throw noArrow();
  const pieces: Uint8Array[] = [];
  for await (const piece of data) {
    if (!(piece instanceof Uint8Array)) throw noArrow();
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

const noArrow = (): Error => badArgument("fromArrow() takes a table of apache-arrow or flechette, or the bytes of an Arrow file or stream.", "tableToIPC(table) gives the bytes of a table");
