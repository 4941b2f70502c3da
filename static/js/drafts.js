/* Forms that save themselves as drafts while they are filled in: one .draft element in each
   (templates/approvals/_draft.html, templates/contracts/door/_draft.html). Without scripts the button in it keeps the draft. */
(() => {
  "use strict";
  const WAIT = 1500, words = (name, box) => box.dataset[name] || "";
  const clock = (text) => new Date(text).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });

  /* Whether a field says other than the page came with: somebody may type before this script is there. */
  const typed = (field) => {
    if (field.options) {
      const given = [...field.options].findIndex((one) => one.defaultSelected);
      return field.selectedIndex > 0 && field.selectedIndex !== given;
    }
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.type !== "file" && Boolean(field.value) && field.defaultValue !== undefined && field.value !== field.defaultValue;
  };

  for (const box of document.querySelectorAll(".draft[data-draft]")) {
    const form = box.closest("form"), said = box.querySelector("[data-said]"), seen = box.querySelector("[name=draft-seen]");
    const discard = box.querySelector("[data-discard]");
    if (!form) continue;
    let timer = 0, dirty = false, stopped = false, flying = null, before = "";
    const say = (text, tone = "") => { said.textContent = text; box.dataset.tone = tone; };
    const content = () => {
      const data = new FormData(form), kept = new FormData();
      for (const [name, value] of data) if (typeof value === "string") kept.append(name, value);
      return kept;
    };
    const fingerprint = () => JSON.stringify([...content()].filter(([name]) => !name.startsWith("draft-") && name !== "csrfmiddlewaretoken"));
    const save = (keepalive = false) => {
      clearTimeout(timer);
      if (stopped || !dirty || (flying && !keepalive)) return;
      dirty = false;
      before = fingerprint();
      flying = new AbortController();
      fetch(box.dataset.draft, { method: "POST", body: content(), headers: { Accept: "application/json" }, keepalive, signal: flying.signal })
        .then(async (answer) => {
          if (answer.headers.get("X-Signed-Out")) { dirty = true; document.dispatchEvent(new CustomEvent("signed-out")); return; }
          const body = await answer.json();
          if (answer.ok) {
            seen.value = body.saved_at || "";
            discard.hidden = !body.saved_at;  // nothing is left of it: nothing to discard
            if (body.saved_at) discard.formAction = body.discard;
            say(body.saved_at ? words("saved", box).replace("{time}", clock(body.saved_at)) : "");
            return;
          }
          if (body.code === "elsewhere") {
            stopped = true;
            say(body.message, "near");
            box.querySelector("[data-mine]").hidden = false;
            box.dataset.theirs = body.saved_at;
          } else if (body.code === "handed_in") { stopped = true; say(body.message, "near"); } else say(body.message, "near");
        })
        .catch((error) => { if (error.name !== "AbortError") { dirty = true; say(words("unsaved", box), "near"); } })
        .finally(() => { flying = null; if (dirty && !stopped && navigator.onLine) timer = setTimeout(save, WAIT); });
    };
    before = fingerprint();
    const changed = () => {
      if (stopped || fingerprint() === before) return;
      dirty = true;
      clearTimeout(timer);
      timer = setTimeout(save, WAIT);
    };
    if ([...form.elements].some(typed)) {
      dirty = true;
      timer = setTimeout(save, WAIT);
    }
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("draft:changed", changed);  // a script added or took away fields
    addEventListener("online", () => save());
    addEventListener("pagehide", () => save(true));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(true); });
    const handed = () => {
      clearTimeout(timer);  // what is handed in, kept or refused is the server's now
      stopped = true;
      flying?.abort();
      setTimeout(() => { stopped = false; }, 8000);
    };
    // Last of all who listen: a form that asks first is not handed in yet, and who goes back goes on typing.
    addEventListener("submit", (event) => { if (event.target === form && !event.defaultPrevented) handed(); });
    form.addEventListener("draft:handed", handed);  // a script hands the form in
    box.querySelector("[data-mine]")?.addEventListener("click", (event) => {
      seen.value = box.dataset.theirs || "";
      stopped = false;
      dirty = true;
      event.target.hidden = true;
      save();
    });
  }
})();
