/** The mail client: an optional peer, loaded at first use. Only its SMTP connection and its composer of messages are used. */
import { peerMissing } from "../peer.ts";

export interface MailClient {
  readonly SMTPConnection: typeof import("nodemailer/lib/smtp-connection").default;
  readonly MailComposer: typeof import("nodemailer/lib/mail-composer").default;
}

let loaded: Promise<MailClient> | undefined;

/** @throws MILLRACE_PEER_MISSING with the line that installs it */
export function mailClient(): Promise<MailClient> {
  return (loaded ??= Promise.all([import("nodemailer/lib/smtp-connection"), import("nodemailer/lib/mail-composer")]).then(
    ([connection, composer]) => ({ SMTPConnection: connection.default, MailComposer: composer.default }),
    (error: unknown) => {
      loaded = undefined;
      throw peerMissing("Mail", "nodemailer", "nodemailer@10", error);
    },
  ));
}
