// What pages do beyond showing: the log follows the recorder, keys lead around, texts are copied, files are dropped.
// Every page works without this but for following.
"use strict";

const body = document.body;
const byId = (id) => document.getElementById(id);

// The log follows.

const log = byId("log");
const announcement = byId("announcement");
const live = byId("live");
let refreshing = null;
let stale = false;

/** Takes the log from the server as it is now, and keeps what was chosen. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const chosen = document.querySelector(".finding.chosen .finding-link")?.getAttribute("href");
  const hadFocus = document.activeElement?.matches?.(".finding-link") ?? false;
  for (const id of ["log", "tally"]) {
    const fresh = page.getElementById(id);
    if (fresh) byId(id)?.replaceChildren(...fresh.childNodes);
  }
  document.querySelector(".log-head h1")?.replaceChildren(...(page.querySelector(".log-head h1")?.childNodes ?? []));
  document.title = page.title;
  const again = chosen && findings().find((it) => link(it)?.getAttribute("href") === chosen);
  if (again) choose(again, hadFocus);
  showButtons();
}

/** Refreshes at once, and once more afterwards where more came meanwhile. */
function follow() {
  if (refreshing) {
    stale = true;
    return;
  }
  refreshing = refresh()
    .catch(() => {})
    .finally(() => {
      refreshing = null;
      if (stale) {
        stale = false;
        setTimeout(follow, 150);
      }
    });
}

function listen() {
  const events = new EventSource("/events");
  const exchanges = (event) => {
    const arrived = byId("arrived");
    if (arrived && Number(event.data) > 0) follow();
    const count = byId("exchanges");
    if (count && log && event.type === "traffic") follow();
  };
  events.addEventListener("hello", () => {
    live.textContent = "recording";
    live.classList.remove("lost");
  });
  events.addEventListener("found", (event) => {
    const told = JSON.parse(event.data);
    if (log) follow();
    if (announcement && told.kind !== "granted") announcement.textContent = `${told.kind}: ${told.about}. ${told.summary}`;
  });
  events.addEventListener("traffic", exchanges);
  events.addEventListener("reload", () => log && follow());
  events.onerror = () => {
    live.textContent = "no longer recording";
    live.classList.add("lost");
  };
}

// A browser keeps few connections to one server: only the log takes one for as long as it is open.
if (live && log) listen();

// Keys.

const findings = () => [...document.querySelectorAll(".finding")];
const link = (finding) => finding.querySelector(".finding-link");

function choose(finding, focus = true) {
  document.querySelector(".finding.chosen")?.classList.remove("chosen");
  finding.classList.add("chosen");
  if (focus) link(finding)?.focus({ preventScroll: true });
  finding.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = findings();
  if (all.length === 0) return;
  const at = all.findIndex((it) => it.classList.contains("chosen"));
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
  choose(all[next]);
}

const places = { l: body.dataset.log, e: body.dataset.exchanges, s: body.dataset.sessions };
let going = false;

const keys = {
  j: () => step(1),
  k: () => step(-1),
  "/": () => document.querySelector("input[type=search]")?.focus(),
  "?": () => byId("keys")?.showModal(),
  u: () => document.querySelector("a[rel=up]")?.click(),
  g: () => {
    going = true;
    setTimeout(() => (going = false), 1000);
  },
};

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && event.target.matches("input")) event.target.blur();
  if (event.target.matches("input, select, textarea") || document.querySelector("dialog[open]")) return;
  const place = going && places[event.key];
  const act = place ? () => location.assign(place) : keys[event.key];
  if (!act) return;
  event.preventDefault();
  going = false;
  act();
});

// Copies.

async function copy(text, of) {
  await navigator.clipboard.writeText(text);
  const before = of.textContent;
  of.textContent = "Copied";
  setTimeout(() => (of.textContent = before), 1500);
}

/** Buttons that do nothing without this script are hidden until it runs. */
function showButtons() {
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (button) {
    copy(button.dataset.copy, button).catch(() => {});
    return;
  }
  const from = event.target.closest?.("a[data-copy-from]");
  if (!from || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fetch(from.dataset.copyFrom)
    .then((answer) => answer.text())
    .then((text) => copy(text, from))
    .catch(() => location.assign(from.href));
});

showButtons();

// The same secret in other places of a page.

const pointOut = (digits) => {
  for (const secret of document.querySelectorAll("a.secret[data-secret]")) {
    secret.classList.toggle("same", secret.dataset.secret === digits);
  }
};
document.addEventListener("mouseover", (event) => {
  const secret = event.target.closest?.("a.secret[data-secret]");
  if (secret) pointOut(secret.dataset.secret);
});
document.addEventListener("focusin", (event) => {
  const secret = event.target.closest?.("a.secret[data-secret]");
  if (secret) pointOut(secret.dataset.secret);
});
const asked = document.querySelector("article[data-secret]")?.dataset.secret;
if (asked) pointOut(asked);

// Files that are dropped.

const drop = document.querySelector("form.drop");
if (drop) {
  const file = drop.querySelector("input[type=file]");
  const over = (is) => drop.classList.toggle("over", is);
  addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  addEventListener("dragleave", () => over(false));
  addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer.files.length === 0) return;
    file.files = event.dataTransfer.files;
    drop.requestSubmit();
  });
}
