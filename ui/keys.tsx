/** Single keys: off in fields, off altogether if the reader says so. */
import type { JSX } from "preact";
import { go, pathOf, route } from "./route.ts";
import { redraw, shown, togglePause } from "./store.ts";

let open = false, off = localStorage.getItem("millrace.keys") === "off", pendingG = 0;
const holdListeners = new Set<() => void>();

export function toggleKeys(): void { open = !open; redraw(); }
export function onHoldKey(call: () => void): () => void {
  holdListeners.add(call);
  return () => holdListeners.delete(call);
}

const list: readonly (readonly [string, string])[] = [
  ["J K", "move in the list"], ["Enter", "open"], ["W", "why no output"], ["G Q", "queries"], ["G S", "SQL"], ["1 – 9", "sections of a query"],
  ["P", "pause the page"], ["H", "hold the rows"], ["/", "find a query"], ["Esc", "back"], ["?", "these keys"],
];

export function KeysPanel(): JSX.Element | null {
  if (!open) return null;
  return (
    <section class="card keys" aria-label="Keys">
      <header><h2>Keys</h2><p>They are off while you type.</p><div class="side"><button type="button" onClick={toggleKeys}>Close</button></div></header>
      <dl>{list.map(([key, what]) => <div key={key}><dt>{key.split(" ").map(each => each === "–" ? "–" : <kbd key={each}>{each}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
      <label><input type="checkbox" checked={!off} onChange={() => { off = !off; localStorage.setItem("millrace.keys", off ? "off" : "on"); redraw(); }} /> Single keys are on</label>
    </section>
  );
}

function move(by: number): void {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a.name")], at = links.indexOf(document.activeElement as HTMLAnchorElement);
  links[Math.max(0, Math.min(links.length - 1, at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by))]?.focus();
}

export function listenToKeys(): void {
  document.addEventListener("keydown", event => {
    const target = event.target as HTMLElement;
    const typing = target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (event.key === "Escape") return escape(target, typing);
    if (typing || off || event.ctrlKey || event.metaKey || event.altKey) return;
    const now = route(), key = event.key.toLowerCase();
    const after = pendingG > Date.now() - 1_500;
    pendingG = 0;
    if (after && key === "q") go("/");
    else if (after && key === "s") go("/sql");
    else if (key === "g") pendingG = Date.now();
    else if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === "p") togglePause();
    else if (key === "h") for (const call of holdListeners) call();
    else if (key === "?") toggleKeys();
    else if (key === "/") {
      const field = document.querySelector<HTMLInputElement>("input[type=search]");
      if (field === null) return;
      event.preventDefault();
      field.focus();
    } else if (key === "w") {
      const focused = document.activeElement?.closest("[data-query]")?.getAttribute("data-query");
      const query = now.view === "query" ? now.query : focused ?? "";
      if (query !== "") go(`/queries/${encodeURIComponent(query)}/why`);
    } else if (/^[1-9]$/.test(key) && now.view === "query") document.querySelectorAll<HTMLAnchorElement>("nav.sections a")[Number(key) - 1]?.click();
  });
}

function escape(target: HTMLElement, typing: boolean): void {
  if (open) return toggleKeys();
  if (typing) {
    if (target instanceof HTMLInputElement && target.value !== "") {
      target.value = "";
      target.dispatchEvent(new Event("input", { bubbles: true }));
    } else target.blur();
    return;
  }
  const now = route();
  if (now.from !== null) history.replaceState(null, "", location.pathname), redraw();
  else if (now.view === "why") go(`/queries/${encodeURIComponent(now.query)}`);
  else if (now.view !== "overview") {
    const query = shown().query;
    go("/");
    if (query !== null) requestAnimationFrame(() => document.querySelector<HTMLAnchorElement>(`a.name[href="${CSS.escape(pathOf(query))}"]`)?.focus());
  }
}
