/** What a person asks who sets up mail: does the server answer, encrypted, does it let us in, and would it take our mail? */
import { bad, good, note, type Finding } from "../finding.ts";
import type { SmtpAddress } from "./address.ts";
import { openSmtp, SmtpFailure, type SmtpSession } from "./session.ts";

/** Ends with the first thing that is wrong. Nothing is sent. @throws MILLRACE_PEER_MISSING */
export async function checkSmtp(address: SmtpAddress, from: string | undefined, to: readonly string[]): Promise<readonly Finding[]> {
  const signal = new AbortController().signal, { display, user, secure, startTls } = address;
  let session: SmtpSession;
  try { session = await openSmtp(address, signal); } catch (error) {
    if (!(error instanceof SmtpFailure)) throw error;
    const { stage, message } = error;
    if (stage === "address" || stage === "mail") return [bad("address", `no mail server answers at ${display}: ${message}`)];
    const answers = good("address", `${display} answers`);
    if (stage === "encryption") return [answers, bad("encryption", secure ? `TLS was not agreed on: ${message}` : `STARTTLS was not agreed on: ${message}`)];
    return [answers, ...(secure || startTls === "required" ? [good("encryption", "the connection is encrypted")] : []), bad("login", `user ${user} was refused: ${message}`)];
  }
  try {
    const findings = [
      good("address", `${display} answers`),
      session.encryption === undefined ? note("encryption", "the connection is not encrypted: the server offers no STARTTLS; smtps:// encrypts from the first byte") : good("encryption", `the connection is encrypted, ${session.encryption}`),
      user === undefined ? note("login", "none was given") : good("login", `user ${user}`),
    ];
    if (from !== undefined) for (const recipient of to) {
      const refused = await session.mayNot(from, recipient, signal);
      findings.push(refused === undefined ? good("right", `${from} may send to ${recipient}`) : bad("right", `${from} may not send to ${recipient}: ${refused}`));
    }
    return findings;
  } catch (error) {
    if (!(error instanceof SmtpFailure)) throw error;
    return [bad("right", error.message)];
  } finally {
    session.close();
  }
}
