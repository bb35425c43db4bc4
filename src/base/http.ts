/** The network as the engine asks it: short questions of HTTP. Tests give their own. */
export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMillis: number;
}
export interface HttpAnswer { readonly status: number; readonly body: string }
/** Rejects when there is no answer. */
export type AskHttp = (request: HttpRequest) => Promise<HttpAnswer>;

/** Of an answer that is longer nothing is taken. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Redirections are not followed: headers with secrets must not go elsewhere. */
export const askByFetch: AskHttp = async ({ method, url, headers, body, timeoutMillis }) => {
  const answer = await fetch(url, { method, headers, ...(body !== undefined && { body }), redirect: "manual", signal: AbortSignal.timeout(timeoutMillis) });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return { status: answer.status, body: Buffer.concat(chunks).toString("utf8") };
};
