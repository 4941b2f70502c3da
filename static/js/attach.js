/* Attachments of content: a click in the picker adds, a click on the cross takes away. */
(() => {
  "use strict";
  const list = document.querySelector("[data-attached]");
  if (!list) return;
  const changed = () => {
    const form = document.getElementById(list.dataset.form);
    if (form) form.dispatchEvent(new CustomEvent("draft:changed"));
    list.parentElement.querySelector("[data-none]").hidden = list.children.length > 0;
  };
  const add = (sha256, name, preview) => {
    if (list.querySelector(`input[value="${sha256}"]`)) return;
    const line = document.getElementById("attached-line").content.cloneNode(true);
    line.querySelector("input").value = sha256;
    line.querySelector("[data-name]").textContent = name;
    if (preview) {
      line.querySelector("li").dataset.preview = preview;
      line.querySelector("[data-place]").hidden = false;
    }
    list.append(line);
    changed();
  };
  document.addEventListener("click", (event) => {
    const pick = event.target.closest(".asset-pick");
    if (pick) {
      add(pick.dataset.sha256, pick.dataset.name, pick.dataset.family === "image" ? pick.querySelector("img")?.src : "");
      pick.setAttribute("aria-pressed", "true");
    }
    const drop = event.target.closest("[data-detach]");
    if (drop) {
      drop.closest("li").remove();
      changed();
    }
  });
})();
