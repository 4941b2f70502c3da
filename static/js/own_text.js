/* A text of one's own: a line that is wrong is marked in the text when its number is clicked. */
(() => {
  "use strict";
  const text = document.getElementById("id_source");
  if (!text) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    const lines = text.value.split("\n"), line = Math.min(Number(link.dataset.line), lines.length) - 1;
    const begin = lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0);
    text.focus();
    text.setSelectionRange(begin, begin + lines[line].length);
    text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
    text.scrollIntoView({ block: "nearest" });
  });
})();
