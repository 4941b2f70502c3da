/* Imports: drag a file, see it being sent, keep what was chosen when it is refused. Without this script the form is a
   plain form. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-import]");
  if (form) {
    const drop = form.querySelector("[data-drop]");
    const file = form.querySelector("input[name=file]");
    const line = form.querySelector("[data-sending-line]");
    const bar = line.querySelector("progress");
    const text = line.querySelector("[data-sending-text]");
    const button = form.querySelector(".form-actions button");
    const errors = document.getElementById("import-errors");

    const tell = (message) => {
      errors.replaceChildren();
      if (!message) return;
      const paragraph = document.createElement("p");
      paragraph.className = "callout is-late";
      paragraph.textContent = message;
      errors.append(paragraph);
    };
    const tooLarge = () => [...form.querySelectorAll("input[type=file]")].some((input) =>
      [...input.files].some((one) => one.size > Number(form.dataset.max) * 1048576));

    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
    }
    for (const kind of ["dragleave", "drop"]) {
      drop.addEventListener(kind, () => drop.classList.remove("is-over"));
    }
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = [...event.dataTransfer.files];
      if (!dropped.length) return;
      const first = new DataTransfer();
      first.items.add(dropped[0]);
      file.files = first.files;
      const detail = form.querySelector("input[name=detail]");
      if (detail && dropped.length > 1) {
        const second = new DataTransfer();
        second.items.add(dropped[1]);
        detail.files = second.files;
        form.querySelector("details.more").open = true;
      }
      tell("");
    });
    file.addEventListener("change", () => tell(tooLarge() ? form.dataset.tooLarge : ""));

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (tooLarge()) { tell(form.dataset.tooLarge); return; }
      tell("");
      const request = new XMLHttpRequest();
      const done = () => {
        line.hidden = true;
        button.disabled = false;
      };
      request.open("POST", form.action);
      request.responseType = "document";
      request.upload.addEventListener("progress", (sent) => {
        if (!sent.lengthComputable) return;
        const percent = Math.floor((100 * sent.loaded) / sent.total);
        bar.value = percent;
        text.textContent = percent < 100 ? form.dataset.sending.replace("{n}", `${percent} %`) : form.dataset.reading;
      });
      request.addEventListener("load", () => {
        if (request.status < 300 && request.responseURL && new URL(request.responseURL).pathname !== location.pathname) {
          location.assign(request.responseURL);
          return;
        }
        done();
        const told = request.response && request.response.getElementById("import-errors");
        if (told && told.textContent.trim()) errors.replaceChildren(...told.children);
        else tell(form.dataset.failed);
        errors.scrollIntoView({ block: "nearest" });
      });
      for (const kind of ["error", "abort", "timeout"]) {
        request.addEventListener(kind, () => { done(); tell(form.dataset.failed); });
      }
      bar.value = 0;
      text.textContent = "";
      line.hidden = false;
      button.disabled = true;
      request.send(new FormData(form));
    });
  }

  const lines = document.querySelector("[data-lines]");
  if (lines) {
    const total = lines.querySelector("input[name$=TOTAL_FORMS]");
    const limit = Number(lines.querySelector("input[name$=MAX_NUM_FORMS]").value);
    const add = lines.querySelector("[data-add-line]");
    add.hidden = false;
    add.addEventListener("click", () => {
      const rows = lines.querySelectorAll("[data-line]");
      if (rows.length >= limit) return;
      const row = rows[rows.length - 1].cloneNode(true);
      const renumber = (value) => value.replace(/-\d+-/, `-${rows.length}-`);
      for (const input of row.querySelectorAll("input")) {
        input.name = renumber(input.name);
        input.id = renumber(input.id);
        input.value = "";
      }
      for (const label of row.querySelectorAll("label")) label.htmlFor = renumber(label.htmlFor);
      for (const error of row.querySelectorAll(".invalid-feedback")) error.remove();
      rows[rows.length - 1].after(row);
      total.value = String(rows.length + 1);
      row.querySelector("input").focus();
    });
  }
})();
