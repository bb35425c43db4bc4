/** The views that the queries read, over files or over columns made in the process, as streams or at once. */
import { join } from "node:path";
import type { DataFrame, Session, Source, UntypedRow } from "millrace";
import { columnarTable } from "./columnar-source.ts";
import { KINDS, type Kind, type Model } from "./model.ts";
import { ALL_FILES, PARTS } from "./ndjson-writer.ts";

export interface ViewOptions {
  readonly kind: "files" | "columns";
  readonly folder: string;
  readonly model: Model;
  readonly events: number;
  readonly eventsPerBatch: number;
  readonly eventsPerFile: number;
  /** The row that closes all windows comes last. */
  readonly marker: boolean;
  readonly isStreaming: boolean;
}

export const DELAY = "4 seconds";
export const DDL: Readonly<Record<Kind, string>> = {
  person: "id BIGINT, name STRING, emailAddress STRING, creditCard STRING, city STRING, state STRING, dateTime TIMESTAMP, extra STRING",
  auction: "id BIGINT, itemName STRING, description STRING, initialBid BIGINT, reserve BIGINT, dateTime TIMESTAMP, expires TIMESTAMP, seller BIGINT, category BIGINT, extra STRING",
  bid: "auction BIGINT, bidder BIGINT, price BIGINT, channel STRING, url STRING, dateTime TIMESTAMP, extra STRING",
};
export const SIDE_DDL = "key BIGINT, value STRING";

export function createViews(mill: Session, options: ViewOptions): void {
  for (const kind of KINDS) {
    const frame = frameOf(mill, kind, options);
    (options.isStreaming ? frame.withWatermark("dateTime", DELAY) : frame).createOrReplaceTempView(kind);
  }
  mill.read.schema(SIDE_DDL).json(join(options.folder, "side")).createOrReplaceTempView("side_input");
}

function frameOf(mill: Session, kind: Kind, { kind: form, folder, model, events, eventsPerBatch, eventsPerFile, marker, isStreaming }: ViewOptions): DataFrame<UntypedRow> {
  const reader = isStreaming ? mill.readStream : mill.read;
  if (form === "columns") return reader.from(columnarTable(model, kind, { events, eventsPerBatch, marker, isStreaming }) as unknown as Source<UntypedRow>);
  const pathGlobFilter = marker ? ALL_FILES : PARTS;
  return reader.schema(DDL[kind]).json(join(folder, kind), isStreaming ? { pathGlobFilter, maxFilesPerTrigger: Math.max(1, Math.round(eventsPerBatch / eventsPerFile)) } : { pathGlobFilter });
}
