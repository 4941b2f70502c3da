// The sum of what is ticked, in fen so that nothing is rounded; the database reckons anew when it is asked for.
"use strict";
(() => {
  const form = document.querySelector("[data-pay]");
  const line = form && form.querySelector("[data-pay-sum]");
  if (!line) return;
  const fen = (text) => Math.round(Number(text) * 100);
  const yuan = (sum) => "¥ " + (sum / 100).toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const sum = (name) =>
    [...form.querySelectorAll(`[data-${name}]`)]
      .filter((box) => box.checked)
      .reduce((all, box) => all + fen(box.getAttribute(`data-${name}`)), 0);
  const show = () => {
    const owed = sum("yuan");
    const claimed = Math.min(owed, sum("claim"));
    line.hidden = false;
    line.querySelector("[data-pay-owed]").textContent = yuan(owed);
    line.querySelector("[data-pay-claimed]").textContent = yuan(claimed);
    line.querySelector("[data-pay-money]").textContent = yuan(owed - claimed);
  };
  form.addEventListener("change", show);
  show();
})();
