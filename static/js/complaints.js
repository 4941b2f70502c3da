/* The complaint form: what is not asked is not shown; a press on goods of the order fills them in. */
(() => {
  "use strict";
  const form = document.querySelector(".complaint-form");
  if (!form) return;
  const chosen = (name) => form.querySelector(`[name=${name}]:checked`)?.value;
  const show = () => {
    form.querySelector("[data-when=delivery]").hidden = chosen("kind") !== "delivery";
    form.querySelector("[data-when=damaged]").hidden = chosen("packaging") !== "damaged";
  };
  form.addEventListener("change", show);
  form.addEventListener("click", (event) => {
    const goods = event.target.closest("[data-goods]");
    if (!goods) return;
    form.elements.goods.value = goods.dataset.goods;
    form.elements.sku.value = goods.dataset.sku;
    form.elements.quantity.value = goods.dataset.quantity;
    form.elements.said.focus();
  });
  show();
})();
