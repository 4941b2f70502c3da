/* The vault's pages: a bar that shrinks while a secret is shown, masking even where the server no longer answers, copying
   without showing. Nothing is stored anywhere. */
(() => {
  "use strict";
  const words = document.getElementById("words").dataset;

  const say = (text, tone) => window.ecdept?.toast(text, tone);

  document.addEventListener("htmx:afterSwap", (event) => {
    for (const shown of event.target.querySelectorAll("[data-shown]")) {
      const seconds = Number(shown.dataset.shown);
      const bar = shown.querySelector(".shrink");
      if (bar) bar.style.animationDuration = `${seconds}s`;
      setTimeout(() => {
        if (!shown.isConnected) return;
        const dots = document.createElement("span");
        dots.className = "dots";
        dots.textContent = "••••••••••";
        shown.replaceWith(dots);
      }, (seconds + 1) * 1000);
    }
  });

  /* Shown text does not come back from the browser's memory of pages. */
  addEventListener("pagehide", () => document.querySelectorAll("[data-shown]").forEach((each) => each.remove()));

  for (const button of document.querySelectorAll("[data-copy-secret]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const form = button.closest("form");
      if (!form.reportValidity()) return;
      const sent = new FormData(form);
      sent.set("way", "copied");
      try {
        const answer = await fetch(form.action, {
          method: "POST", body: sent, headers: { Accept: "application/json" }, cache: "no-store", redirect: "manual",
        });
        if (answer.type === "opaqueredirect") return void location.reload();
        const said = await answer.json();
        if (!answer.ok) return void say(said.message, "bad");
        await navigator.clipboard.writeText(said.text);
        say(words.copied);
      } catch {
        say(words.uncopied, "bad");
      }
    });
  }
})();
