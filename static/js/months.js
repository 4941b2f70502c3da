/* The month's deductions: one button ticks all that can be decided. Without scripts they are ticked one by one. */
(() => {
  "use strict";
  for (const button of document.querySelectorAll("[data-tick-all]")) {
    const boxes = () => [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.tickAll}"]`)];
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = boxes(), on = all.some((box) => !box.checked);
      for (const box of all) box.checked = on;
    });
  }
})();
