/** A TCP proxy that lets so many bytes a second through, each way, for all its connections together: a slow service, or a slow network. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

const TICK_MILLIS = 10;

export class ThrottledProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ticks: NodeJS.Timeout;
  /** Ends of sockets that wait for the next tick, and what may still pass in this one. */
  #waiting: (() => void)[] = [];
  #left = { in: 0, out: 0 };

  private constructor(server: Server, bytesPerSecond: number) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    const perTick = Math.ceil(bytesPerSecond * TICK_MILLIS / 1000);
    this.#ticks = setInterval(() => {
      this.#left = { in: Math.min(perTick, this.#left.in + perTick), out: Math.min(perTick, this.#left.out + perTick) };
      for (const go of this.#waiting.splice(0)) go();
    }, TICK_MILLIS);
  }

  /** `port`: 0 takes a free one. */
  static async start(to: () => { readonly host: string; readonly port: number }, bytesPerSecond: number, port = 0): Promise<ThrottledProxy> {
    const server = createServer({ pauseOnConnect: true }), { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject).listen(port, "127.0.0.1", resolve);
    await promise;
    const proxy = new ThrottledProxy(server, bytesPerSecond);
    server.on("connection", client => {
      const service = connect(to());
      proxy.#pipe(client, service, "in");
      proxy.#pipe(service, client, "out");
      client.resume();
    });
    return proxy;
  }

  #pipe(from: Socket, to: Socket, way: "in" | "out"): void {
    this.#sockets.add(from);
    from.on("error", () => to.destroy()).on("close", () => { this.#sockets.delete(from); to.end(); });
    from.on("data", (bytes: Buffer) => {
      from.pause();
      let at = 0;
      const go = (): void => {
        if (to.destroyed) return void from.destroy();
        const part = bytes.subarray(at, at + this.#left[way]);
        this.#left[way] -= part.length;
        at += part.length;
        const next = (): void => { if (at < bytes.length) this.#waiting.push(go); else from.resume(); };
        if (part.length === 0) next();
        else if (to.write(part)) next();
        else to.once("drain", next);
      };
      go();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticks);
    for (const socket of this.#sockets) socket.destroy();
    await new Promise(closed => this.#server.close(closed));
  }
}
