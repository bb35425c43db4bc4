/** A query between two ends that are told by texts alone, so that a test can run it itself or hand it to a process that is killed. */
import type { Session, StreamingQuery } from "millrace";

export interface End {
  readonly format: string;
  readonly options: Readonly<Record<string, string>>;
  /** Of a source whose rows have no schema of their own. */
  readonly ddl?: string;
  /** SQL that makes `id` and `text` of what a source gives, or what a sink takes of `id` and `text`. */
  readonly columns?: readonly string[];
}

export interface QueryText {
  readonly source: End;
  readonly sink: End;
  readonly checkpoint: string;
  /** Begin again after errors that may pass. */
  readonly restarts: boolean;
}

/** The rows that a contract moves. */
export const ROW = "id BIGINT, text STRING";

export async function startQuery(mill: Session, { source, sink, checkpoint, restarts }: QueryText): Promise<StreamingQuery> {
  const reader = source.ddl === undefined ? mill.readStream : mill.readStream.schema(source.ddl);
  const rows = reader.format(source.format).options(source.options as never).load().selectExpr(...source.columns ?? ["id", "text"]).selectExpr(...sink.columns ?? ["id", "text"]);
  let writer = rows.writeStream.format(sink.format);
  for (const [name, value] of Object.entries(sink.options)) writer = writer.option(name as never, value as never);
  if (restarts) writer = writer.restart({ backoff: { initial: "100 milliseconds", max: "400 milliseconds" } });
  return await writer.start({ checkpointLocation: checkpoint });
}
