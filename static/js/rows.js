// One more row of a formset without asking the server, and the sum of what is typed. Without this script the button sends
// the form and comes back with an empty row.
"use strict";
(() => {
  const form = document.querySelector("[data-rows-here]")?.closest("form");
  if (!form) return;
  const prefix = form.dataset.rows, most = Number(form.dataset.most);
  const here = form.querySelector("[data-rows-here]"), empty = form.querySelector("[data-rows-empty]");
  const more = form.querySelector("[data-rows-more]"), sum = form.querySelector("[data-rows-sum]");
  const total = form.elements[`${prefix}-TOTAL_FORMS`];
  const offer = () => { more.hidden = Number(total.value) >= most; };
  more.addEventListener("click", (event) => {
    event.preventDefault();
    const fresh = empty.content.cloneNode(true);
    for (const element of fresh.querySelectorAll("[name], [for]")) {
      for (const attribute of ["name", "id", "for"]) {
        if (element.hasAttribute(attribute)) element.setAttribute(attribute, element.getAttribute(attribute).replace("__prefix__", total.value));
      }
    }
    here.append(fresh);
    total.value = String(Number(total.value) + 1);
    offer();
    here.lastElementChild.querySelector("input").focus();
  });
  // In fen, so that nothing is rounded; the server reckons anew.
  const show = () => {
    const fen = [...here.querySelectorAll("[name$='-amount']")]
      .map((input) => Math.round(Number(input.value.replace(/[,，¥￥元\s]/g, "")) * 100))
      .filter((each) => Number.isFinite(each) && each > 0)
      .reduce((all, each) => all + each, 0);
    sum.hidden = !fen;
    sum.querySelector("b").textContent = "¥ " + (fen / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  };
  form.addEventListener("input", show);
  offer();
  show();
})();
