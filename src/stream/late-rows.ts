/**
 * Rows that came too late and were dropped, kept on request: as lines of JSON in files beside dead letters, with the
 * operator that dropped them, the time that each was judged by and the watermark that judged it.
 */
import type { Random } from "../base/clock.ts";
import type { Files } from "../base/files.ts";
import { jsonEncoder } from "../formats/json/json-encoder.ts";
import { linearMemory } from "../memory/linear-memory.ts";
import type { LateBatch } from "../operators/late-rows.ts";
import type { ManifestFile } from "../storage/manifest.ts";
import type { StructType } from "../types/data-type.ts";
import { Timestamp } from "../types/values.ts";
import { SideFiles } from "./side-files.ts";

/** A line of the files. */
export interface LateRow {
  readonly batchId: number;
  readonly operatorId: number;
  readonly operator: string;
  readonly time: string;
  readonly timeOf: LateBatch["timeOf"];
  readonly watermark: string;
  readonly reason: string;
  /** The columns of the operator's input that the query uses. */
  readonly row: Readonly<Record<string, unknown>>;
}

export class LateRows {
  readonly path: string;
  readonly #files: SideFiles;
  readonly #timeZone: string;
  readonly #encoders = new WeakMap<StructType, ReturnType<typeof jsonEncoder>>();
  #batchId = 0;

  constructor(files: Files, random: Random, path: string, timeZone: string) {
    this.path = path;
    this.#files = new SideFiles(files, random, path, "late");
    this.#timeZone = timeZone;
  }

  open(queryId: string): void { this.#files.open(queryId); }

  begin(batchId: number, epoch: number): void {
    this.#batchId = batchId;
    this.#files.begin(batchId, epoch);
  }

  readonly take = ({ operatorId, operator, rows, time, timeOf, watermarkMicros }: LateBatch): void => {
    let encoder = this.#encoders.get(rows.schema);
    if (encoder === undefined) this.#encoders.set(rows.schema, encoder = jsonEncoder(rows.schema, { ignoreNullFields: "false" }, this.#timeZone));
    const memory = linearMemory(), { pointer, count } = rows.selection, watermark = isoMicros(watermarkMicros);
    const texts = new TextDecoder().decode(encoder.encode(rows)).split("\n"), lines: string[] = [];
    for (let i = 0; i < count; i++) {
      const row = time.isConstant ? 0 : pointer === 0 ? i : memory.u32[(pointer >>> 2) + i]!, at = isoMicros(memory.i64[time.data / 8 + row]!);
      const head = JSON.stringify({ batchId: this.#batchId, operatorId, operator, time: at, timeOf, watermark, reason: `${timeOf} ${at} is not after the watermark ${watermark}` });
      lines.push(`${head.slice(0, -1)},"row":${texts[i]!}}\n`);
    }
    this.#files.write(Buffer.from(lines.join("")), count);
  };

  prepare(): Promise<readonly ManifestFile[]> { return this.#files.prepare(); }
  publish(files: readonly ManifestFile[]): void { this.#files.publish(files); }
}

const isoMicros = (micros: bigint): string => Timestamp.ofMicros(micros).toString();
