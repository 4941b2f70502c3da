/* The frame's behaviour: one clock for all countdowns, toasts, confirmations, menus, duty heartbeat, keys.
   Offered to page scripts as window.ecdept: now(), toast(text, tone), confirm({...}), titleCount(n), keys(list). */
(() => {
  "use strict";
  const root = document.documentElement;
  const words = (document.getElementById("words") || { dataset: {} }).dataset;
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";
  const serverNow = Number(meta("server-time")) * 1000;
  const offset = serverNow ? serverNow - Date.now() : 0;
  const now = () => Date.now() + offset;

  /* ---- countdowns: <time class="countdown" data-due data-started> ---- */
  const pad = (n) => String(n).padStart(2, "0");
  const clock = (ms) => {
    const s = Math.floor(Math.abs(ms) / 1000);
    const days = Math.floor(s / 86400), h = Math.floor((s % 86400) / 3600), m = Math.floor((s % 3600) / 60);
    if (days) return `${words.days ? words.days.replace("{n}", days) : days + "d"} ${pad(h)}:${pad(m)}`;
    return h ? `${h}:${pad(m)}:${pad(s % 60)}` : `${pad(m)}:${pad(s % 60)}`;
  };
  const tick = (element, at) => {
    const due = Date.parse(element.dataset.due);
    if (Number.isNaN(due)) return;
    const left = due - at;
    const started = Date.parse(element.dataset.started || "");
    const span = Number.isNaN(started) ? 0 : due - started;
    const near = span ? Math.max(Math.min(span * 0.25, 3600e3), 60e3) : 300e3;
    const state = left < 0 ? "late" : left <= near ? "near" : "ok";
    const text = (state === "late" ? words.late : words.left || "{time}").replace("{time}", clock(left));
    if (element.textContent !== text) element.textContent = text;
    if (element.dataset.state !== state) {
      const before = element.dataset.state;
      element.dataset.state = state;
      if (before && state === "late") element.dispatchEvent(new CustomEvent("countdown:late", { bubbles: true }));
    }
  };
  const tickAll = () => {
    const at = now();
    for (const element of document.querySelectorAll("time.countdown[data-due]")) tick(element, at);
  };
  const beat = () => { tickAll(); setTimeout(beat, 1000 - (now() % 1000) + 5); };
  beat();

  /* ---- the side is longer than many screens: where one is must be in sight ---- */
  {
    const list = document.getElementById("side");
    const here = list?.querySelector("[aria-current]");
    const below = here ? here.getBoundingClientRect().bottom - list.getBoundingClientRect().bottom : -Infinity;
    if (below > -48) list.scrollTop += below + list.clientHeight / 3;
    // A group that somebody folds away stays so on every page but those that are in it.
    list?.addEventListener("click", (event) => {
      const group = event.target.closest("summary")?.closest("[data-group]");
      if (!group) return;
      const folded = new Set((/(?:^|; )folded=([\d.]+)/.exec(document.cookie)?.[1] ?? "").split(".").filter(Boolean));
      if (group.open) folded.add(group.dataset.group); else folded.delete(group.dataset.group);
      document.cookie = `folded=${[...folded].join(".")}; path=/; max-age=31536000; samesite=lax`;
    });
  }

  /* ---- toasts ---- */
  const toasts = document.getElementById("toasts");
  const close = (item) => item.remove();
  const arm = (item) => {
    if (item.dataset.armed) return;
    item.dataset.armed = "1";
    item.querySelector("[data-close]")?.addEventListener("click", () => close(item));
    const stay = item.dataset.tone === "bad" ? 12000 : 5000;
    let timer = setTimeout(() => close(item), stay);
    item.addEventListener("mouseenter", () => clearTimeout(timer));
    item.addEventListener("mouseleave", () => { timer = setTimeout(() => close(item), stay); });
  };
  const toast = (text, tone = "info") => {
    const template = document.getElementById("toast-template");
    if (!toasts || !template) return;
    const item = template.content.firstElementChild.cloneNode(true);
    item.dataset.tone = tone;
    item.querySelector("[data-text]").textContent = text;
    toasts.append(item);
    arm(item);
  };
  const armAll = () => toasts?.querySelectorAll(".toast-item").forEach(arm);
  armAll();

  /* ---- one question before what cannot be undone: data-confirm on a form, a button or an htmx element ---- */
  const dialog = document.getElementById("confirm");
  const ask = ({ text, title = "", ok = "", tone = "" }) => new Promise((resolve) => {
    if (!dialog || dialog.open) { resolve(false); return; }
    const yes = dialog.querySelector("[value=ok]");
    dialog.querySelector("[data-title]").textContent = title || dialog.dataset.title;
    dialog.querySelector("[data-text]").textContent = text;
    yes.textContent = ok || dialog.dataset.ok;
    yes.className = tone === "danger" ? "btn btn-danger" : "btn btn-primary";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
    dialog.showModal();
  });
  const question = (element) => ({
    text: element.dataset.confirm, title: element.dataset.confirmTitle, ok: element.dataset.confirmOk, tone: element.dataset.confirmTone,
  });
  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    const asked = button?.dataset.confirm ? button : form.dataset.confirm ? form : null;
    if (form.hasAttribute("hx-post") || button?.hasAttribute("hx-post")) return;
    if (asked && form.dataset.confirmed !== "1") {
      event.preventDefault();
      ask(question(asked)).then((yes) => {
        if (!yes) return;
        form.dataset.confirmed = "1";
        form.requestSubmit(button || undefined);
      });
      return;
    }
    delete form.dataset.confirmed;
    if (event.defaultPrevented) return;  // a script of the page sends it, and says itself what becomes of it
    if (form.method === "post" && !form.target) {
      if (form.dataset.sent === "1") { event.preventDefault(); return; }  // a double click sends once
      form.dataset.sent = "1";
      button?.classList.add("is-busy");
      setTimeout(() => { delete form.dataset.sent; button?.classList.remove("is-busy"); }, 8000);
    }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  /* ---- htmx ---- */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = meta("csrf-token");
  });
  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt.closest("[data-confirm]");
    const own = event.detail.triggeringEvent?.submitter?.dataset?.confirm ? event.detail.triggeringEvent.submitter : element;
    if (!own?.dataset.confirm) return;
    event.preventDefault();
    ask(question(own)).then((yes) => { if (yes) event.detail.issueRequest(true); });
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.status === 422 || xhr.getResponseHeader("HX-Retarget")) return;
    event.detail.shouldSwap = false;
    toast(words.failed, "bad");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => {
      showOffline(true);
      // Who waited in vain does not know whether the server did it.
      if (event.detail.requestConfig?.verb !== "get") toast(name === "htmx:timeout" ? words.unanswered : words.unsent, "bad");
    });
  }
  document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.xhr?.status) showOffline(false); });
  document.addEventListener("htmx:beforeSend", (event) => {
    const { xhr, elt, requestConfig } = event.detail;
    if (requestConfig.verb !== "get") document.body.classList.add("is-loading");
    // Another answer may have taken the element out of the page meanwhile. It comes back out of sight while its own is
    // dealt with: from outside the page its events reach nobody, and a refusal finds no place to be shown in.
    const back = document.createElement("div");
    back.hidden = true;
    xhr.addEventListener("readystatechange", () => {
      if (xhr.readyState !== XMLHttpRequest.DONE || elt.isConnected) return;
      back.append(elt);
      document.body.append(back);
    });
    xhr.addEventListener("loadend", () => { back.remove(); document.body.classList.remove("is-loading"); });
  });
  document.addEventListener("htmx:afterSettle", () => { tickAll(); armAll(); });
  // What was typed while a request was under way is not lost by the answer that takes its place. What was sent is the
  // server's, and a form that is sent by every change holds nothing of its own.
  let standing = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, shouldSwap, requestConfig } = event.detail;
    const sender = requestConfig.elt.closest("form"), sent = requestConfig.unfilteredFormData;
    standing = shouldSwap ? typed(target).filter((field) => !field.of.matches("[hx-trigger]")
      && (field.of !== sender || sent.getAll(field.name).includes(field.value) !== (choice(field) ? field.checked : true))) : [];
  });
  document.addEventListener("htmx:afterSwap", () => { fillIn(standing); standing = []; });
  document.addEventListener("allauth.error", (event) => { event.preventDefault(); toast(words.passkey, "bad"); });
  document.addEventListener("toast", (event) => toast(event.detail.text || event.detail.value, event.detail.tone));

  /* ---- signed out while the page stays open: say so, keep what was typed for the same person in this tab ---- */
  const ended = document.getElementById("signed-out"), DRAFTS = "drafts", person = meta("person");
  const actionOf = (form) => form.getAttribute("action") || location.pathname;
  const choice = (field) => field.type === "checkbox" || field.type === "radio";
  /* Fields of this name (a box: of this value) in the forms that go to one address. */
  const places = ({ form, name, type, value }) => [...document.forms].filter((each) => actionOf(each) === form)
    .map((each) => [...each.elements].find((field) => field.name === name && (!choice({ type }) || field.value === value)))
    .filter(Boolean);
  const typed = (root) => [...root.querySelectorAll("form[method=post], form[hx-post]")]
    .filter((form) => !form.matches("[data-undrafted], [data-leaves]"))
    .flatMap((form) => [...form.elements]
      .filter((field) => field.name && !/^(hidden|password|file|submit|button)$/.test(field.type))
      .filter((field) => choice(field) ? field.checked !== field.defaultChecked
        : field.tagName === "SELECT" ? [...field.options].some((o) => o.selected !== o.defaultSelected) : field.value !== field.defaultValue)
      .map((field) => ({ of: form, form: actionOf(form), name: field.name, type: field.type, value: field.value, checked: field.checked }))
      .map((draft) => {
        const found = places(draft);
        return { ...draft, nth: found.findIndex((field) => field.form === form), among: found.length };
      }));
  /* Puts them back where they were, in folds that are opened; returns those whose place is not on the page. */
  const fillIn = (fields) => fields.filter((draft) => {
    const found = places(draft), field = found.length === draft.among && found[draft.nth];
    if (!field) return true;
    if (choice(draft)) field.checked = draft.checked; else field.value = draft.value;
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    return false;
  });
  const saveDrafts = () => {
    const fields = typed(document).map(({ of, ...field }) => field);
    if (person && fields.length) sessionStorage.setItem(DRAFTS, JSON.stringify({ person, at: Date.now(), fields }));
  };
  const restoreDrafts = () => {
    if (!person) return;
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(DRAFTS) || "null"); } catch { kept = null; }
    if (!kept) return;
    if (kept.person !== person || Date.now() - kept.at > 12 * 3600e3) { sessionStorage.removeItem(DRAFTS); return; }
    const left = fillIn(kept.fields);
    if (left.length) sessionStorage.setItem(DRAFTS, JSON.stringify({ ...kept, fields: left })); else sessionStorage.removeItem(DRAFTS);
  };
  const signedOut = () => {
    if (!ended || ended.open) return;
    saveDrafts();
    const link = ended.querySelector("a");
    link.href = `${link.pathname}?next=${encodeURIComponent(location.pathname + location.search)}`;
    document.querySelectorAll("dialog[open]").forEach((other) => other.close());
    ended.showModal();
    document.body.classList.add("is-signed-out");
  };
  ended?.addEventListener("cancel", (event) => event.preventDefault());
  document.addEventListener("signed-out", signedOut);
  document.addEventListener("htmx:beforeRequest", (event) => { if (ended?.open) event.preventDefault(); });
  document.addEventListener("htmx:afterSettle", restoreDrafts);
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-leaves]")) sessionStorage.removeItem(DRAFTS);
  });
  const beatTo = (url) => {
    if (ended?.open) return;
    fetch(url, { method: "POST", headers: { "X-CSRFToken": meta("csrf-token"), Accept: "application/json" } })
      .then((answer) => { if (answer.headers.get("X-Signed-Out")) signedOut(); }, () => {});
  };
  restoreDrafts();

  /* ---- offline ---- */
  const offline = document.getElementById("offline");
  const showOffline = (is) => { if (offline) offline.hidden = !is; };
  addEventListener("offline", () => showOffline(true));
  addEventListener("online", () => showOffline(false));

  /* ---- menus, side, theme ---- */
  const side = document.getElementById("side"), shade = document.getElementById("side-shade");
  const openSide = (is) => {
    side?.classList.toggle("is-open", is);
    if (shade) shade.hidden = !is;
    document.querySelectorAll("[data-side]").forEach((b) => b.setAttribute("aria-expanded", String(is)));
    if (is) side?.querySelector("a")?.focus();
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-side]")) openSide(!side.classList.contains("is-open"));
    else if (event.target === shade) openSide(false);
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const theme = event.target.closest("[data-set-theme]");
    if (theme) {
      const value = theme.dataset.setTheme;
      document.cookie = `theme=${value}; path=/; max-age=31536000; samesite=lax`;
      if (value === "auto") root.removeAttribute("data-theme"); else root.dataset.theme = value;
      document.querySelectorAll("[data-set-theme]").forEach((b) => b.setAttribute("aria-current", String(b === theme)));
    }
    const copied = event.target.closest("[data-copy]");
    if (copied && navigator.clipboard) {
      navigator.clipboard.writeText(copied.dataset.copy).then(() => toast(words.copied, "good"), () => toast(words.uncopied, "bad"));
    }
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-keys-help]")) showKeys();
  });

  /* ---- keys: a page adds its own with ecdept.keys([["j", "next"]]) ---- */
  const keysDialog = document.getElementById("keys");
  const showKeys = () => { if (keysDialog && !keysDialog.open) keysDialog.showModal(); };
  const keys = (list) => {
    const box = keysDialog?.querySelector("[data-page-keys]");
    if (!box) return;
    for (const [key, what] of list) {
      const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
      kbd.textContent = key; dt.append(kbd); dd.textContent = what; box.append(dt, dd);
    }
  };
  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
      openSide(false);
      return;
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "/") { const box = document.getElementById("search"); if (box) { event.preventDefault(); box.focus(); box.select(); } }
    if (event.key === "?") { event.preventDefault(); showKeys(); }
  });

  /* ---- clause chips: the clause's text under the pointer, on focus, and at the first tap; the link itself stays ---- */
  const clauses = new Map();
  let pop = null, popFor = null, popTimer = 0;
  const clauseText = (chip) => {
    const url = `${chip.pathname}brief/`;
    if (!clauses.has(url)) {
      clauses.set(url, fetch(url, { headers: { Accept: "text/html" } })
        .then((answer) => (answer.ok && answer.status === 200 && !answer.redirected ? answer.text() : ""), () => ""));
    }
    return clauses.get(url);
  };
  const hideClause = () => { clearTimeout(popTimer); popFor = null; if (pop) pop.hidden = true; };
  const showClause = async (chip) => {
    popFor = chip;
    const text = await clauseText(chip);
    if (!text || popFor !== chip || !chip.isConnected) return;
    if (!pop) {
      pop = document.createElement("div");
      pop.className = "clause-pop";
      pop.setAttribute("role", "tooltip");
      pop.id = "clause-pop";
      pop.addEventListener("pointerleave", hideClause);
    }
    (chip.closest("dialog[open]") || document.body).append(pop);
    chip.removeAttribute("title");  // said better here
    chip.setAttribute("aria-describedby", pop.id);
    pop.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    pop.hidden = false;
    const at = chip.getBoundingClientRect(), size = pop.getBoundingClientRect();
    const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - size.width - 8));
    const below = at.bottom + 6 + size.height <= innerHeight || at.top < size.height;
    pop.style.left = `${left}px`;
    pop.style.top = `${below ? at.bottom + 4 : at.top - size.height - 4}px`;
  };
  const chipOf = (event) => event.target.closest?.("a.chip-clause");
  document.addEventListener("pointerover", (event) => {
    const chip = event.pointerType === "mouse" && chipOf(event);
    if (chip) { clearTimeout(popTimer); if (chip !== popFor) popTimer = setTimeout(showClause, 250, chip); }
    else if (popFor && !event.target.closest?.(".clause-pop")) { clearTimeout(popTimer); popTimer = setTimeout(hideClause, 250); } else clearTimeout(popTimer);
  });
  document.addEventListener("focusin", (event) => {
    const chip = chipOf(event);
    if (chip?.matches(":focus-visible")) showClause(chip); else if (popFor && !event.target.closest(".clause-pop")) hideClause();
  });
  let touched = false;
  document.addEventListener("pointerdown", (event) => { touched = event.pointerType === "touch"; }, true);
  document.addEventListener("click", (event) => {
    const chip = chipOf(event);
    if (chip && touched && !event.ctrlKey && !event.metaKey && (pop?.hidden !== false || popFor !== chip)) { event.preventDefault(); showClause(chip); }
    else if (popFor && !event.target.closest(".clause-pop")) hideClause();
  }, true);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideClause(); });
  addEventListener("scroll", () => { if (popFor) hideClause(); }, { passive: true, capture: true });

  /* ---- presence: on duty and looking ---- */
  const seen = meta("duty-seen");
  if (seen) {
    const say = () => {
      if (document.visibilityState !== "visible") return;
      beatTo(seen);
    };
    setInterval(say, 60000);
  }

  const title = document.title;
  window.ecdept = {
    now, toast, confirm: ask, keys, words, beatTo,
    titleCount: (n) => { document.title = n ? `(${n}) ${title}` : title; },
  };
  document.dispatchEvent(new CustomEvent("ecdept:ready"));
})();
