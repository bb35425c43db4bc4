/**
 * One connection to a mail server (RFC 5321), with STARTTLS (RFC 3207) and login. A mail that is refused leaves it usable;
 * whatever else goes wrong closes it.
 */
import { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { SMTPConnectionOptions } from "nodemailer/lib/smtp-connection";
import type { SmtpAddress } from "./address.ts";
import { mailClient } from "./client.ts";

export interface Mail {
  readonly from: string;
  /** Whom the server is to give it to now: bare addresses. */
  readonly recipients: readonly string[];
  /** The message as it goes over the wire. */
  readonly bytes: Uint8Array;
}

export interface Refusal { readonly recipient: string; readonly code: number; readonly text: string }

export interface SmtpSession {
  /** Whether the connection is encrypted, and by what. */
  readonly encryption: string | undefined;
  /** Resolves when the server has taken the mail for at least one recipient; says whom it refused. @throws SmtpFailure */
  send(mail: Mail, signal: AbortSignal): Promise<readonly Refusal[]>;
  /** Asks whether the sender may send to the recipient, and sends nothing. Why not; undefined if it may. @throws SmtpFailure */
  mayNot(from: string, recipient: string, signal: AbortSignal): Promise<string | undefined>;
  close(): void;
}

export type OpenSmtp = (address: SmtpAddress, signal: AbortSignal) => Promise<SmtpSession>;

/** Where it went wrong. */
export type SmtpStage = "address" | "encryption" | "login" | "mail";

export class SmtpFailure extends Error {
  readonly stage: SmtpStage;
  /** The server's reply, if there was one: 4xx may pass, 5xx is final. */
  readonly code: number | undefined;
  /** Another attempt would go the same way. */
  readonly isFinal: boolean;
  /** Of the recipients, when none was taken. */
  readonly refusals: readonly Refusal[];

  constructor(stage: SmtpStage, message: string, code: number | undefined, isFinal: boolean, refusals: readonly Refusal[] = [], cause?: unknown) {
    super(message, { cause });
    this.stage = stage;
    this.code = code;
    this.isFinal = isFinal;
    this.refusals = refusals;
  }
}

const EXCHANGE = "MILLRACE-EXCHANGE", QUIT_MILLIS = 1000;

interface ClientError extends Error { readonly code?: string; readonly originalCode?: string; readonly responseCode?: number; readonly response?: string; readonly command?: string; readonly rejectedErrors?: readonly ClientRefusal[] }
interface ClientRefusal { readonly recipient?: string; readonly responseCode?: number; readonly response?: string }

/** @throws SmtpFailure; what `signal` says when it aborts; MILLRACE_PEER_MISSING */
export const openSmtp: OpenSmtp = async (address, signal) => {
  const { SMTPConnection } = await mailClient(), { host, port, secure, startTls, ca, timeoutMillis } = address;
  const options: SMTPConnectionOptions = {
    host, port, secure, requireTLS: !secure && startTls === "required", ignoreTLS: startTls === "never",
    connectionTimeout: timeoutMillis, greetingTimeout: timeoutMillis, socketTimeout: timeoutMillis, dnsTimeout: timeoutMillis, socketCloseTimeout: 0,
    tls: { rejectUnauthorized: true, minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) },
    // The client's way to say any command: an exchange of our own in place of a login.
    customAuth: { [EXCHANGE]: async ({ auth, sendCommand, resolve }) => {
      for (const command of auth["commands"] as readonly string[]) {
        const { status, response } = await sendCommand(command);
        if (status >= 300) {
          auth["refused"] = oneLine(response);
          break;
        }
      }
      await sendCommand("RSET");
      resolve();
    } },
  };
  const connection = new SMTPConnection(options);
  /** What went wrong while nothing was asked for: the next question gets it. */
  let lost: unknown;
  connection.on("error", error => { lost ??= error; });
  connection.on("end", () => { lost ??= new Error("the server closed the connection"); });

  /** One step, which the time, the signal or the end of the connection can cut short. */
  const step = <T>(run: (done: (error: unknown, value?: T) => void) => void, within: AbortSignal): Promise<T> => new Promise((resolve, reject) => {
    const limit = AbortSignal.any([within, AbortSignal.timeout(timeoutMillis)]);
    const end = (): void => {
      connection.off("error", fail);
      connection.off("end", closed);
      limit.removeEventListener("abort", cut);
    };
    const fail = (error: unknown): void => {
      end();
      reject(error as Error);
    };
    const closed = (): void => fail(lost);
    const cut = (): void => {
      fail(within.aborted ? within.reason : Object.assign(new Error(`no answer in ${timeoutMillis / 1000} s`), { code: "ETIMEDOUT" }));
      connection.close();
    };
    if (lost !== undefined) return reject(lost as Error);
    if (limit.aborted) return cut();
    connection.on("error", fail);
    connection.on("end", closed);
    limit.addEventListener("abort", cut, { once: true });
    run((error, value) => {
      end();
      if (error !== null && error !== undefined) reject(error as Error);
      else resolve(value as T);
    });
  });

  const asked = async <T>(stage: SmtpStage, run: (done: (error: unknown, value?: T) => void) => void, within: AbortSignal): Promise<T> => {
    try { return await step(run, within); } catch (error) {
      if (within.aborted) throw within.reason;
      throw failureOf(stage, error as ClientError);
    }
  };

  try {
    await asked<boolean>("address", done => connection.connect(done), signal);
    const { user, password } = address;
    if (user !== undefined) await asked<boolean>("login", done => connection.login({ user, pass: password }, done), signal);
  } catch (error) {
    connection.close();
    throw error;
  }
  const socket = connection._socket;
  return {
    encryption: socket instanceof TLSSocket ? socket.getProtocol() ?? "TLS" : undefined,
    async send({ from, recipients, bytes }, within) {
      const info = await asked<{ rejectedErrors?: readonly object[] | undefined }>("mail", done => connection.send({ from, to: [...recipients], size: bytes.length }, Buffer.from(bytes), done), within);
      return ((info.rejectedErrors ?? []) as readonly ClientRefusal[]).map(refusalOf);
    },
    async mayNot(from, recipient, within) {
      const exchange: { method: string; commands: string[]; refused?: string } = { method: EXCHANGE, commands: [`MAIL FROM:<${from}>`, `RCPT TO:<${recipient}>`] };
      await asked<boolean>("mail", done => connection.login(exchange, done), within);
      return exchange.refused;
    },
    close() {
      connection.on("error", () => { /* it was let go */ });
      connection.quit();
      // A server that is silent keeps neither the connection nor the process.
      if (socket instanceof Socket) socket.unref();
      setTimeout(() => { connection.close(); }, QUIT_MILLIS).unref();
    },
  };
};

function failureOf(stage: SmtpStage, error: ClientError): SmtpFailure {
  const { responseCode, response, code, command } = error;
  const at = code === "ETLS" || command === "STARTTLS" || /certificate|altnames|self.signed|SSL|TLS|ERR_OSSL/i.test(`${error.message} ${error.originalCode}`) ? "encryption" : code === "EAUTH" ? "login" : stage;
  const isFinal = responseCode === undefined ? code === "EMESSAGE" || (code === "EAUTH" && error.originalCode === undefined) : responseCode >= 500;
  return new SmtpFailure(at, response !== undefined && responseCode !== undefined ? `the server said ${oneLine(response)}` : oneLine(error.message), responseCode, isFinal, (error.rejectedErrors ?? []).map(refusalOf), error);
}

const refusalOf = ({ recipient, responseCode, response }: ClientRefusal): Refusal => ({ recipient: recipient ?? "", code: responseCode ?? 0, text: oneLine(response ?? "") });

const oneLine = (text: string): string => text.replaceAll(/\s*[\r\n]+\s*/g, " ").slice(0, 500);
