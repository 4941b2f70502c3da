/* The desk while it stays open: asks every four seconds whether anything changed, keeps the selection, rings for a new
   order, beats while somebody looks. Everything here is comfort: without it every act is a plain form. */
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  const desk = document.getElementById("desk"), live = document.getElementById("desk-live");
  const side = document.getElementById("desk-side"), drawer = document.getElementById("drawer");
  if (!desk || !live) return;
  const POLL = 4000, BEAT = 30000;
  const page = () => document.getElementById("desk-page");
  const rows = () => [...live.querySelectorAll("tr[data-order]")];
  let selected = null, at = 0, opened = null, wanted = "", newest = null, moved = false;

  /* ---- selection ---- */
  const mark = (row, scroll = true) => {
    for (const other of rows()) other.removeAttribute("aria-selected");
    if (!row) { selected = null; return; }
    row.setAttribute("aria-selected", "true");
    selected = row.dataset.order;
    at = rows().indexOf(row);
    if (scroll) row.scrollIntoView({ block: "nearest" });
  };
  const current = () => rows().find((row) => row.dataset.order === selected);
  const restore = () => {
    const all = rows();
    // The order may have left the list: what stands in its place is next.
    mark(current() || all[Math.min(at, all.length - 1)], false);
    showOpen();
  };
  const showOpen = () => { for (const row of rows()) row.classList.toggle("is-open", row.dataset.order === opened); };
  const step = (by) => {
    const all = rows();
    if (!all.length) return;
    const now = current();
    moved = true;
    mark(now ? all[Math.max(0, Math.min(all.length - 1, all.indexOf(now) + by))] : all[0]);
  };

  /* ---- what is asked of the server ---- */
  // By elements of their own: htmx lets requests of one element wait for each other and forgets all but the last that
  // waits, and marks the element as busy with all buttons in it. A slow list must not swallow a press.
  const asker = () => {
    const element = document.createElement("span");
    element.hidden = true;
    return desk.appendChild(element);
  };
  const listAsks = asker(), drawerAsks = asker();

  /* What is pressed fills the drawer in the order in which it was pressed, after the acts that are under way in it. No act
     is left out, none is sent twice; of several orders that wait to be opened only the last one is. */
  const underWay = new Set();
  let line = [], filling = null;
  const fill = (verb, url, want = "", button = null) => {
    if (verb === "GET") line = line.filter((one) => one.verb !== "GET");
    else if ([filling, ...line].some((one) => one?.verb === verb && one.url === url)) return;
    button?.classList.add("is-busy");
    line.push({ verb, url, want, button });
    fillNext();
  };
  const fillNext = () => {
    if (filling || underWay.size || !line.length) return;
    filling = line.shift();
    const { verb, url, want, button } = filling;
    wanted = want;
    window.htmx.ajax(verb, url, { source: drawerAsks, target: "#drawer", swap: "innerHTML" }).catch(() => {}).then(() => {
      button?.classList.remove("is-busy");
      filling = null;
      fillNext();
    });
  };
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, target, elt } = event.detail;
    if (target !== drawer || elt === drawerAsks) return;
    underWay.add(xhr);
    xhr.addEventListener("loadend", () => { underWay.delete(xhr); fillNext(); });
  });

  /* ---- drawer ---- */
  const openRow = (row, want = "") => {
    const link = row?.querySelector(".c-number a");
    if (!link) return;
    fill("GET", link.href, want);
  };
  const close = () => {
    if (side.hidden) return;
    side.hidden = true;
    drawer.replaceChildren();
    desk.classList.remove("has-order");
    opened = null;
    showOpen();
    current()?.querySelector("a")?.focus({ preventScroll: true });
  };
  const shown = () => {
    const head = drawer.querySelector("[data-shown]");
    side.hidden = !head;
    desk.classList.toggle("has-order", Boolean(head));
    opened = head ? head.dataset.shown : null;
    moved = false;
    showOpen();
    if (!head) return;
    side.scrollTop = 0;
    if (wanted === "contact") focusContact();
    wanted = "";
  };
  const focusContact = () => {
    const box = drawer.querySelector("#contact");
    if (!box) return false;
    box.open = true;
    box.querySelector("input[name=outcome]:checked, input[name=outcome]")?.focus({ preventScroll: true });
    return true;
  };

  /* ---- live ---- */
  let asking = false, askAgain = false;
  const refresh = (force) => {
    const data = page()?.dataset;
    if (!data) return;
    if (asking) { askAgain ||= force; return; }  // what is under way may have been asked before the act
    asking = true;
    const url = data.live + (data.live.includes("?") ? "&" : "?") + (force ? "" : "v=" + data.v);
    window.htmx.ajax("GET", url, { source: listAsks, target: "#desk-live", swap: "innerHTML" }).catch(() => {}).then(() => {
      asking = false;
      if (!askAgain) return;
      askAgain = false;
      refresh(true);
    });
  };
  const typing = (element) => element?.closest?.('input:not([type="radio"], [type="checkbox"]), textarea, select, [contenteditable]');
  setInterval(() => {
    if (document.visibilityState === "visible" || soundOn()) refresh(false);
  }, POLL);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { refresh(false); beat(); } });

  /* ---- sound and title ---- */
  const button = document.getElementById("sound");
  const soundOn = () => localStorage.getItem("desk-sound") !== "off";
  let audio = null;
  const wake = () => {
    if (!audio && window.AudioContext) audio = new AudioContext();
    if (audio?.state === "suspended") audio.resume();
  };
  for (const name of ["pointerdown", "keydown"]) document.addEventListener(name, wake, { once: true });
  const ring = () => {
    if (!soundOn() || !audio || audio.state !== "running") return;
    [[880, 0], [1174.7, 0.16]].forEach(([pitch, delay]) => {
      const tone = audio.createOscillator(), gain = audio.createGain(), start = audio.currentTime + delay;
      tone.frequency.value = pitch;
      gain.gain.setValueAtTime(0, start);
      gain.gain.linearRampToValueAtTime(0.12, start + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + 0.35);
      tone.connect(gain).connect(audio.destination);
      tone.start(start);
      tone.stop(start + 0.4);
    });
  };
  if (button) {
    const draw = () => button.setAttribute("aria-pressed", String(soundOn()));
    button.hidden = false;
    draw();
    button.addEventListener("click", () => {
      localStorage.setItem("desk-sound", soundOn() ? "off" : "on");
      draw();
      wake();
      ring();
    });
  }
  const news = () => {
    const data = page()?.dataset;
    if (!data) return;
    window.ecdept?.titleCount(Number(data.waiting));
    const youngest = Number(data.newest);
    // Compared with the highest seen: an order that comes back to the pool, or leaves it, is not new.
    if (newest !== null && youngest > newest) {
      live.querySelector(`tr[data-order="${youngest}"]`)?.classList.add("is-new");
      ring();
      window.ecdept?.toast(desk.dataset.new, "info");
    }
    newest = Math.max(newest ?? 0, youngest);
  };

  /* ---- heartbeat: somebody is looking ---- */
  const beat = () => {
    if (document.visibilityState !== "visible") return;
    window.ecdept?.beatTo(desk.dataset.watch);
  };
  setInterval(beat, BEAT);
  if (window.ecdept) beat(); else document.addEventListener("ecdept:ready", beat, { once: true });

  /* ---- events ---- */
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === live) { restore(); news(); }
    if (event.detail.target === drawer) shown();
  });
  document.addEventListener("desk:done", (event) => {
    const { order, act } = event.detail;
    if (act === "accept") wanted = "contact";
    if (String(order) === selected) at = Math.max(0, rows().findIndex((row) => row.dataset.order === selected));
    refresh(true);
    if (!drawer.querySelector("[data-shown]")) close();
  });
  // A conflict means that the list is old.
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.xhr?.status === 409) refresh(true); });
  document.addEventListener("countdown:late", () => refresh(true));
  live.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-order]");
    if (!row) return;
    mark(row, false);
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("button, form")) return;
    event.preventDefault();
    openRow(row);
  });
  live.addEventListener("submit", (event) => {
    if (!event.submitter?.closest("tr[data-order]")) return;
    event.preventDefault();
    event.stopPropagation();
    fill("POST", event.submitter.formAction, "", event.submitter);
  });
  drawer.addEventListener("click", (event) => { if (event.target.closest("[data-drawer-close]")) close(); });
  for (const choice of document.querySelectorAll(".desk-filter :is(select, input[type=date])")) {
    choice.addEventListener("change", () => choice.form.submit());
  }

  /* ---- keys ---- */
  const words = desk.dataset;
  const help = () => window.ecdept.keys([
    ["j", words.keyNext], ["k", words.keyPrevious], ["Enter", words.keyOpen], ["a", words.keyAccept], ["n", words.keyFirst],
    ["c", words.keyContact], ["u", words.keyShow], ["1 – 4", words.keyFacts],
  ]);
  if (window.ecdept) help(); else document.addEventListener("ecdept:ready", help, { once: true });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      if (typing(document.activeElement)) document.activeElement.blur(); else close();
      return;
    }
    if (typing(event.target)) return;
    const row = current();
    if (/^[1-4]$/.test(event.key)) {
      drawer.querySelectorAll('input[name="confirmed"]')[Number(event.key) - 1]?.click();
      return;
    }
    const acts = {
      j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
      Enter: () => { if (event.target.closest("a, button, summary")) return false; openRow(row); },
      a: () => row?.querySelector('button[formaction$="/act/accept/"]')?.click(),
      n: () => document.querySelector("#accept-next button:not(:disabled)")?.click(),
      // After an act the next row is selected, but the order in hand stays open: c is for that one, until j or k moved on.
      c: () => { if ((side.hidden || (moved && opened !== selected) || !focusContact()) && row) openRow(row, "contact"); },
      u: () => drawer.querySelector("#unmask button")?.click(),
    };
    const act = acts[event.key];
    if (act && act() !== false) event.preventDefault();
  });

  restore();
  news();
})();
