/** Files with state that is too large for the log: the blocks one after the other; the log holds their places and checksums. */
import { fileErrorCode, type FileHandle, type Files } from "../base/files.ts";
import { crc32c } from "../storage/crc32c.ts";
import { align } from "../storage/record.ts";
import { removeQuietly } from "../storage/segment.ts";
import { corrupt } from "./errors.ts";
import { stateFile } from "./names.ts";
import type { CheckpointOptions, StateBlock, StateBytes } from "./types.ts";

export class StateFileWriter {
  readonly blocks: StateBlock[] = [];
  readonly #options: CheckpointOptions;
  readonly #file: string;
  readonly #batchId: number;
  #handle: Promise<FileHandle> | undefined;
  #position = 0;
  #ended = false;

  constructor(options: CheckpointOptions, epoch: number, batchId: number, kind: "chg" | "snap") {
    this.#options = options;
    this.#batchId = batchId;
    this.#file = stateFile(batchId, epoch, options.random.uuid(), kind);
  }

  /** Calls may overlap; each has its own place in the file. */
  async write(part: StateBytes): Promise<void> {
    const { bytes } = part, offset = this.#position;
    this.#position = align(offset + bytes.length, 8);
    this.#handle ??= this.#options.files.openAsync(`${this.#options.path}/${this.#file}`, "create");
    const handle = await this.#handle;
    await handle.writeAtAsync(bytes, 0, bytes.length, offset);
    this.blocks.push({
      batchId: this.#batchId, operatorId: part.operatorId, groupFrom: part.groupFrom, groupTo: part.groupTo, file: this.#file, offset,
      bytes: bytes.length, crc32c: crc32c(bytes),
    });
  }

  /** Makes the bytes durable. The folder is synced by the caller, once for all files. */
  async finish(): Promise<void> {
    this.#ended = true;
    if (this.#handle === undefined) return;
    const handle = await this.#handle;
    try { await handle.syncAsync(); } finally { handle.close(); }
  }

  /** Removes the file. */
  abort(): void {
    if (this.#handle === undefined) return;
    const wasOpen = !this.#ended;
    this.#ended = true;
    void this.#handle.then(handle => {
      if (wasOpen) handle.close();
      removeQuietly(this.#options.files, `${this.#options.path}/${this.#file}`);
    }, () => undefined);
  }
}

/** Reads one block of state and verifies it. */
export async function readStateBlock(files: Files, path: string, block: StateBlock): Promise<Uint8Array> {
  const damaged = (reason: string) => corrupt(block.file, `${reason} (operator ${block.operatorId}, batch ${block.batchId})`, block.offset);
  let handle: FileHandle;
  try { handle = await files.openAsync(`${path}/${block.file}`, "read"); } catch (error) {
    if (fileErrorCode(error) === "ENOENT") throw damaged("a file with state is missing");
    throw error;
  }
  try {
    const bytes = new Uint8Array(block.bytes);
    const read = await handle.readAtAsync(bytes, 0, block.bytes, block.offset);
    if (read < block.bytes || crc32c(bytes) !== block.crc32c) throw damaged("the checksum of a block of state does not hold");
    return bytes;
  } finally { handle.close(); }
}
