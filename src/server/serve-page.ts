/** The live page over the engine in this process. */
import type { LocalEngine } from "../api/local/local-engine.ts";
import { localEngineView } from "./local-view.ts";
import { startServer, type LivePage, type ServerOptions } from "./server.ts";

export function servePage(engine: LocalEngine, options: Omit<ServerOptions, "engine"> = {}): Promise<LivePage> {
  return startServer({ engine: localEngineView(engine), ...options });
}
