/* The queue by keyboard: j and k move, a agrees, r returns, x rejects, c goes to the comment (Esc back), space ticks, Enter
   opens; with shift a, r and x decide what is ticked. The page of one run takes a, r, x and c. Comfort only: without it every act is a plain form. */
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  for (const select of document.querySelectorAll("select[data-submits]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
    select.form.querySelector("button[type=submit]").hidden = true;
  }
  const busy = (event) => event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")
    || event.target.closest?.('input:not([type="checkbox"]), textarea, select, [contenteditable]');
  const ACTS = { a: "approve", r: "return", x: "reject" };

  /* ---- the rows of a request of many ---- */
  const counted = document.querySelector("[data-refused-count]");
  if (counted) {
    const boxes = [...document.querySelectorAll("[name=refuse_rows]")];
    const count = () => {
      const n = boxes.filter((each) => each.checked).length;
      counted.textContent = n ? counted.dataset.one.replace("{n}", n).replace("{all}", boxes.length) : counted.dataset.none;
      counted.classList.toggle("muted", !n);
      const few = document.querySelector("[data-refused-few]");
      if (few) few.textContent = n ? few.dataset.refusedFew.replace("{n}", n) : "";
    };
    document.addEventListener("change", (event) => { if (event.target.name === "refuse_rows") count(); });
    count();
  }

  /* ---- one run ---- */
  const decision = document.getElementById("decision");
  if (decision) {
    const words = decision.querySelector("[name=words]");
    let wanted = "approve";
    const press = (act) => decision.querySelector(`[data-act="${act}"]`).click();
    document.addEventListener("keydown", (event) => {
      if (event.target === words && event.key === "Enter" && (event.ctrlKey || event.metaKey)) { press(wanted); return; }
      if (event.target === words && event.key === "Escape") { words.blur(); return; }
      const act = ACTS[event.key];
      if (busy(event)) return;
      if (event.key === "c") { event.preventDefault(); words.focus(); }
      if (!act) return;
      event.preventDefault();
      wanted = act;
      if (act === "approve" || words.value.trim()) press(act); else words.focus();
    });
    decision.addEventListener("submit", (event) => {
      const act = event.submitter?.dataset.act;
      if (act === "approve" || words.value.trim()) return;
      event.preventDefault();  // a reason is needed: no way to the server and back for that
      event.stopImmediatePropagation();
      wanted = act;
      words.focus();
    });
    return;
  }

  /* ---- the queue ---- */
  const form = document.getElementById("queue");
  if (!form) return;
  const lines = [...form.querySelectorAll("[data-line]")];
  const many = document.getElementById("many");
  const box = (line) => line.querySelector("[name=pick]");
  const words = (line) => line.querySelector(".do input");  // null where there is nothing to decide
  let at = -1;
  const mark = (index, scroll = true) => {
    if (!lines.length) return;
    at = Math.max(0, Math.min(lines.length - 1, index));
    for (const line of lines) line.removeAttribute("aria-current");
    lines[at].setAttribute("aria-current", "true");
    if (scroll) lines[at].scrollIntoView({ block: "nearest" });
  };
  const told = location.hash ? lines.findIndex((line) => `#${line.id}` === location.hash) : -1;
  mark(Math.max(told, 0), told > 0);  // after an act the next one is selected already
  form.addEventListener("focusin", (event) => {
    const line = event.target.closest("[data-line]");
    if (line) mark(lines.indexOf(line), false);
  });
  const press = (line, act) => line.querySelector(`[data-act="${act}"]`)?.click();
  const need = (line, act) => {
    const field = words(line);
    field.dataset.wanted = act;
    field.placeholder = form.dataset.reason;
    field.focus();
  };
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]"), line = button?.closest("[data-line]");
    if (!line || button.dataset.act === "approve" || words(line).value.trim()) return;
    event.preventDefault();
    need(line, button.dataset.act);
  });
  form.addEventListener("change", () => many?.classList.toggle("has-ticked", lines.some((line) => box(line)?.checked)));
  const ofMany = (act) => {
    const field = many.querySelector("[name=words]");
    if (act === "approve" || field.value.trim()) { many.querySelector(`[name=act][value="${act}"]`).click(); return; }
    field.dataset.wanted = act;
    field.placeholder = form.dataset.reason;
    field.focus();
  };
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches(".do input, #many input") || event.isComposing) return;
    event.preventDefault();
    const wanted = event.target.dataset.wanted;
    if (!wanted || !event.target.value.trim()) return;
    if (many?.contains(event.target)) ofMany(wanted); else press(event.target.closest("[data-line]"), wanted);
  });
  form.addEventListener("keyup", (event) => { if (event.key === "Escape") document.activeElement.blur(); });
  document.addEventListener("keydown", (event) => {
    if (busy(event) || at < 0) return;
    const line = lines[at];
    if (event.key === "j" || event.key === "k") mark(at + (event.key === "j" ? 1 : -1));
    else if (event.key === " " && event.target.closest("button, a, summary, [type=checkbox]") === null) { box(line)?.click(); }
    else if (event.shiftKey && ACTS[event.key.toLowerCase()]) {
      if (!many || !lines.some((each) => box(each)?.checked)) return;
      ofMany(ACTS[event.key.toLowerCase()]);
    } else if (event.key === "Enter" && event.target === document.body) line.querySelector(".title").click();
    else if (event.key === "c" && words(line)) { delete words(line).dataset.wanted; words(line).focus(); }
    else if (ACTS[event.key]) {
      const act = ACTS[event.key];
      if (line.dataset.what !== "decide") return;
      if (act === "approve" || words(line).value.trim()) press(line, act); else need(line, act);
    } else return;
    event.preventDefault();
  });
  const say = form.dataset;
  window.ecdept?.keys([["j", say.keyNext], ["k", say.keyPrevious], ["a", say.keyAgree], ["r", say.keyReturn], ["x", say.keyReject], ["c", say.keyComment], ["␣", say.keyTick], ["⇧A ⇧R ⇧X", say.keyMany], ["Enter", say.keyOpen]]);
})();
