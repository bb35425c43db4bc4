/** A mail server of a test: real SMTP over TCP, with STARTTLS and login, that answers as it is told. */
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { Certificates } from "./certificates.ts";

export const MAIL_USER = "mill", MAIL_PASSWORD = "a-password-of-tests";

export interface GotMail { readonly id: string; readonly subject: string; readonly text: string; readonly recipients: readonly string[]; readonly encrypted: boolean; readonly user: string | undefined }

export class MailServer implements AsyncDisposable {
  readonly got: GotMail[] = [];
  /** What becomes of the mails to come: a code with which it is refused, or that the server falls silent; taken when none is left. */
  readonly answers: (number | "silence" | "taken" | "hang up")[] = [];
  /** Recipients that are not known, with the code that says so. */
  readonly refused = new Map<string, number>();
  /** A text that stands in no mail that is taken. */
  refusedText: string | undefined;
  /** Mails and half mails whose bytes came. */
  tries = 0;
  connections = 0;
  readonly #options: SMTPServerOptions;
  #server: SMTPServer | undefined;
  port = 0;

  private constructor(options: SMTPServerOptions) { this.#options = options; }

  static async start(certificates: Certificates | undefined, options: SMTPServerOptions = {}): Promise<MailServer> {
    const server = new MailServer({ logger: false, hideSTARTTLS: certificates === undefined, authOptional: true, disableReverseLookup: true, ...(certificates && { key: certificates.key, cert: certificates.cert }), ...options });
    await server.resume();
    return server;
  }

  async resume(): Promise<void> {
    const server = this.#server = new SMTPServer({
      ...this.#options,
      onConnect: (_session, done) => {
        this.connections++;
        done();
      },
      onAuth: (auth, _session, done) => (auth.username === MAIL_USER && auth.password === MAIL_PASSWORD ? done(null, { user: auth.username }) : done(coded(535, "5.7.8 wrong user or password"))),
      onRcptTo: ({ address }, _session, done) => {
        const code = this.refused.get(address);
        done(code === undefined ? null : coded(code, "this mailbox is not for you"));
      },
      onData: (stream, session, done) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
          this.tries++;
          const raw = Buffer.concat(chunks).toString("utf8"), body = raw.slice(raw.indexOf("\r\n\r\n") + 4);
          const answer = stream.sizeExceeded ? 552 : this.refusedText !== undefined && body.includes(this.refusedText) ? 554 : this.answers.shift() ?? "taken";
          if (answer === "silence") return;
          if (answer === "hang up") return void this.#cut();
          if (answer !== "taken") return done(coded(answer, "not this one"));
          const header = (name: string) => new RegExp(`^${name}: (.*)$`, "mi").exec(raw)?.[1]?.trim() ?? "";
          this.got.push({ id: header("Message-ID"), subject: header("Subject"), text: decoded(body, header("Content-Transfer-Encoding")).replace(/\r\n$/, ""), recipients: session.envelope.rcptTo.map(({ address }) => address), encrypted: session.secure, user: session.user === undefined ? undefined : String(session.user) });
          done();
        });
      },
    });
    server.on("error", () => { /* of a connection that was cut */ });
    await new Promise<void>(resolve => server.listen(this.port, "127.0.0.1", resolve));
    this.port = (server.server.address() as AddressInfo).port;
  }

  /** Drops all connections. */
  #cut(): void { for (const connection of this.#server?.connections ?? []) connection._socket.destroy(); }

  /** Nobody listens any more; `resume` listens at the same port. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>(resolve => server.close(() => resolve()));
    for (const connection of server.connections) connection._socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> { await this.stop(); }
}

/** The text of a message of one part (RFC 2045). */
function decoded(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return body;
  return Buffer.from(body.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))), "latin1").toString("utf8");
}

const coded = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });
