/** How a range of a file becomes batches; one implementation a format. */
import type { BatchReceiver, ReadRequest } from "../../io/source.ts";

/** Bytes [from, to) of a file; both at the start of a line or the end of the file. */
export interface FileRange { readonly path: string; readonly from: number; readonly to: number; readonly modifiedMicros: number }

export interface RangeReader {
  read(range: FileRange, request: ReadRequest, receiver: BatchReceiver): Promise<void>;
}
