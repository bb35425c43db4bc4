/**
 * Sends the messages of one batch, each over its channels in turn, and gathers what was not taken. After one that failed
 * to the end the others are tried once, until one is taken: a receiver that is down doesn't cost each its pauses.
 */
import { ExecutionError } from "../../base/errors.ts";
import { makeFolders } from "../../base/files.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import type { ConnectorEnvironment } from "../environment.ts";
import { attemptUntilTaken, type RetryPolicy } from "./attempts.ts";
import type { AlertChannel, Envelope } from "./channel.ts";

export interface PostingOptions {
  readonly queryId: string;
  readonly batchId: number;
  readonly retry: RetryPolicy;
  readonly deadLetterPath: string | undefined;
  /** Of the sink, for warnings. */
  readonly description: string;
  readonly signal: AbortSignal;
}

export class Posting {
  readonly #options: PostingOptions;
  readonly #environment: ConnectorEnvironment;
  readonly #attempts = new Map<AlertChannel, number>();
  readonly #letters: string[] = [];
  #firstReason = "";

  constructor(options: PostingOptions, environment: ConnectorEnvironment) {
    this.#options = options;
    this.#environment = environment;
  }

  /** Whether the channel took it. @throws ExecutionError MILLRACE_ALERT_FAILED when not and there is no place for dead letters */
  async send(channel: AlertChannel, message: string, envelope: Envelope): Promise<boolean> {
    const { retry, signal, deadLetterPath, batchId } = this.#options, { clock, random } = this.#environment;
    const policy = { ...retry, attempts: this.#attempts.get(channel) ?? retry.attempts };
    const { reason, missed } = await attemptUntilTaken(channel.attempt(message, envelope), policy, clock, random, signal);
    this.#attempts.set(channel, reason === undefined ? retry.attempts : 1);
    if (reason !== undefined && deadLetterPath === undefined) throw new ExecutionError({
      condition: "MILLRACE_ALERT_FAILED", sqlState: "58030", message: `An alert of batch ${batchId} could not be sent to ${channel.place}: ${reason}.`,
      messageParameters: { batchId: String(batchId), reason }, hint: "restart() tries again later; with deadLetterPath such alerts are kept in a file and the query goes on",
    });
    if (reason !== undefined || missed !== undefined) this.lay(channel, message, envelope, reason ?? missed!);
    return reason === undefined;
  }

  /** A message that was not sent: a line among the dead letters. */
  lay(channel: AlertChannel, message: string, { key }: Envelope, reason: string): void {
    const { batchId } = this.#options, about = JSON.stringify({ batchId, channel: channel.kind, idempotencyKey: key, reason, at: new Date(this.#environment.clock.nowMicros() / 1000).toISOString() });
    if (this.#letters.length === 0) this.#firstReason = reason;
    this.#letters.push(`${about.slice(0, -1)},"body":${message}}\n`);
  }

  /** Puts what was not sent into a file of the batch; without a place for it it is only counted. */
  keep(): void {
    if (this.#letters.length === 0) return;
    const { deadLetterPath: folder, batchId, queryId, description } = this.#options, { files, warn } = this.#environment;
    const told = `${description}: ${this.#letters.length} alerts of batch ${batchId} were not sent: ${this.#firstReason}`;
    if (folder === undefined) return warn(told);
    makeFolders(files, folder);
    const path = `${folder}/alerts-${queryId}-${String(batchId).padStart(20, "0")}.ndjson`;
    replaceFile(files, path, Buffer.from(this.#letters.join("")));
    warn(`${told}; they are in ${path}`);
  }
}
