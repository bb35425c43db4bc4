/** The address is the state of the view: which query, which section, which range. */
import { redraw } from "./store.ts";

export interface Route {
  readonly view: "overview" | "query" | "why" | "sql" | "process";
  /** Name or id. */
  readonly query: string;
  /** 15m, 1h, 6h, 3d, or a range that was drawn. */
  readonly range: string;
  readonly from: string | null;
  readonly to: string | null;
}

export function route(): Route {
  const parts = location.pathname.split("/").filter(part => part !== ""), params = new URLSearchParams(location.search);
  const shared = { query: decodeURIComponent(parts[1] ?? ""), range: params.get("range") ?? "15m", from: params.get("from"), to: params.get("to") };
  if (parts[0] === "queries" && parts[1] !== undefined) return { view: parts[2] === "why" ? "why" : "query", ...shared };
  return { view: parts[0] === "sql" ? "sql" : parts[0] === "process" ? "process" : "overview", ...shared };
}

export function go(path: string, replace = false): void {
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  if (!replace) {
    scrollTo(0, 0);
    document.getElementById("main")?.focus({ preventScroll: true });
  }
  redraw();
}

/** Sets or removes parameters of this address. */
export function setParams(values: Readonly<Record<string, string | null>>): void {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  const text = params.toString();
  go(`${location.pathname}${text === "" ? "" : `?${text}`}${location.hash}`, true);
}

export const pathOf = (query: { readonly name: string | null; readonly id: string }): string => `/queries/${encodeURIComponent(query.name ?? query.id)}`;

/** Links inside the page change the view without a load. */
export function followLinks(): void {
  document.addEventListener("click", event => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (link === null || link === undefined || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || link.target !== "" || url.pathname.startsWith("/api")) return;
    if (url.pathname === location.pathname && url.hash !== "") return;
    event.preventDefault();
    go(url.pathname + url.search + url.hash);
  });
  addEventListener("popstate", () => redraw());
}
