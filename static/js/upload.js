/* Uploads: drop, paste, choose or photograph; a line with progress for each file; what the server answers stands in its
   line, an offer of a smaller picture included. Without this script the form is a plain form. */
(() => {
  "use strict";
  const coarse = window.matchMedia("(pointer: coarse)").matches;

  const note = (text) => {
    const paragraph = document.createElement("p");
    paragraph.className = "note note-late";
    paragraph.setAttribute("role", "alert");
    paragraph.textContent = text;
    return paragraph;
  };

  /* Sends a form, with a bar in `box`; `shown(html)` is given what the server answers, `failed(text)` what went wrong. */
  const post = (address, body, box, words, shown, failed) => {
    const bar = document.createElement("div");
    bar.className = "sending";
    const progress = document.createElement("progress");
    progress.max = 100;
    const text = document.createElement("span");
    bar.append(progress, text);
    box.replaceChildren(bar);
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Upload", "1");
    request.upload.addEventListener("progress", (sent) => {
      if (!sent.lengthComputable) return;
      const percent = Math.floor((100 * sent.loaded) / sent.total);
      if (percent < 100) {
        progress.value = percent;
        text.textContent = words.sending.replace("{n}", `${percent} %`);
      } else {
        progress.removeAttribute("value");
        text.textContent = words.reading;
      }
    });
    request.addEventListener("load", () => {
      const fragment = (request.getResponseHeader("Content-Type") || "").startsWith("text/html") && !/<html/i.test(request.responseText);
      if (fragment) shown(request.responseText); else failed(words.failed);
    });
    for (const kind of ["error", "abort", "timeout"]) request.addEventListener(kind, () => failed(words.failed));
    request.send(body);
  };

  /* A form whose file goes with its other fields: sent whole, and what is refused leaves all of it as it stands. */
  const whole = (form) => {
    const input = form.querySelector("input[type=file]"), box = form.querySelector("[data-uploads]");
    const button = form.querySelector("button[type=submit]");
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented || !input.files.length || event.submitter?.hasAttribute("formaction")) return;
      event.preventDefault();
      if (input.files[0].size > Number(input.dataset.max)) { box.replaceChildren(note(input.dataset.tooLong)); return; }
      button.disabled = true;
      const ready = () => { button.disabled = false; };
      form.dispatchEvent(new CustomEvent("draft:handed"));
      post(form.action, new FormData(form), box, input.dataset, (html) => {
        box.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
        if (box.querySelector("[data-kept]")) window.location.reload(); else ready();
      }, (text) => { box.replaceChildren(note(text)); ready(); });
    });
  };
  document.querySelectorAll("form[data-send]").forEach(whole);

  const start = (form) => {
    const input = form.querySelector("input[type=file]");
    const drop = form.querySelector("[data-drop]");
    const list = form.querySelector("[data-uploads]");
    const words = input.dataset;
    const many = "many" in words;
    const queue = [];
    let busy = false;

    for (const plain of form.querySelectorAll("[data-plain]")) plain.hidden = true;
    if (many) {
      input.multiple = true;
      const hint = document.querySelector("[data-many-words]");
      if (hint) hint.hidden = false;
    }

    const send = (line, body, address, after) => {
      const failed = (message) => {
        const again = document.createElement("button");
        again.type = "button";
        again.className = "btn btn-sm";
        again.textContent = words.again;
        again.addEventListener("click", () => send(line, body, address, after));
        line.querySelector("[data-answer]").replaceChildren(note(message), again);
        after();
      };
      post(address, body, line.querySelector("[data-answer]"), words, (html) => { show(line, html); after(); }, failed);
    };

    const show = (line, html) => {
      const answer = line.querySelector("[data-answer]");
      const told = new DOMParser().parseFromString(html, "text/html");
      answer.replaceChildren(...told.body.childNodes);
      const offer = answer.querySelector("form[data-offer]");
      if (offer) {
        offer.addEventListener("submit", (event) => {
          event.preventDefault();
          send(line, new FormData(offer), offer.action, settled);
        });
        offer.querySelector("button").focus();
      }
      const kept = Boolean(answer.querySelector("[data-kept]"));
      line.toggleAttribute("data-done", kept);
      line.toggleAttribute("data-refused", !kept && !offer);
    };

    /* The page shows what was kept once all of it is there; with a file that was refused it stays, and says so. */
    const settled = () => {
      if (form.dataset.then === "reload" && !list.querySelector("li:not([data-done])")) window.location.reload();
    };

    const next = () => {
      if (busy) return;
      if (!queue.length) { settled(); return; }
      busy = true;
      const [line, file] = queue.shift();
      const body = new FormData(form);
      body.delete("file");
      body.append("file", file, file.name);
      form.dispatchEvent(new CustomEvent("draft:handed"));
      send(line, body, form.action, () => { busy = false; next(); });
    };

    const take = (files) => {
      for (const line of list.querySelectorAll("li[data-refused]")) line.remove();
      for (const file of many ? files : files.slice(0, 1)) {
        const line = document.createElement("li");
        const name = document.createElement("div");
        name.className = "sent-name";
        name.textContent = file.name;
        const answer = document.createElement("div");
        answer.dataset.answer = "";
        line.append(name, answer);
        if (many) list.prepend(line); else list.replaceChildren(line);
        if (file.size > Number(words.max)) answer.append(note(words.tooLong));
        else queue.push([line, file]);
      }
      next();
    };

    input.addEventListener("change", () => {
      const chosen = [...input.files];
      input.value = "";
      take(chosen);
    });
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("is-over"); });
    }
    for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      take([...event.dataTransfer.files]);
    });
    // A button that leads elsewhere (a draft kept or discarded) goes its way.
    form.addEventListener("submit", (event) => { if (!event.submitter?.hasAttribute("formaction")) event.preventDefault(); });
    // Fields of the form that stand elsewhere on the page: what is typed there is part of its draft.
    if (form.id) {
      for (const field of document.querySelectorAll(`[form="${CSS.escape(form.id)}"]`)) {
        if (!form.contains(field)) field.addEventListener("input", () => form.dispatchEvent(new CustomEvent("draft:changed")));
      }
    }

    const camera = form.querySelector("[data-camera]");
    if (camera && coarse) {
      camera.hidden = false;
      camera.addEventListener("click", () => {
        const lens = document.createElement("input");
        lens.type = "file";
        lens.accept = "image/jpeg";
        lens.capture = "environment";
        lens.addEventListener("change", () => take([...lens.files]));
        lens.click();
      });
    }
    if (input.files.length) {  // chosen before this was there
      const chosen = [...input.files];
      input.value = "";
      take(chosen);
    }
    return take;
  };

  /* A file input among other fields, of which a form has many (data-each: where one file goes): each is sent by itself
     as soon as it is chosen, and what the server answers stands beside it, a hidden field that names the file included. */
  let underWay = 0;
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches("input[type=file][data-each]") || !input.files.length) return;
    const form = input.form, box = input.parentElement.querySelector("[data-uploads]"), words = input.dataset;
    const [file] = input.files, body = new FormData();
    input.value = "";
    if (file.size > Number(words.max)) { box.replaceChildren(note(words.tooLong)); return; }
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    body.append("field", input.name);
    body.append("file", file, file.name);
    const wait = (by) => {
      underWay += by;
      for (const button of form.querySelectorAll("button[type=submit]")) button.disabled = underWay > 0;
    };
    wait(1);
    post(words.each, body, box, words, (html) => {
      box.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
      wait(-1);
    }, (text) => { box.replaceChildren(note(text)); wait(-1); });
  });

  for (const input of document.querySelectorAll("input[type=file][data-each]")) {
    if (input.files.length) input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const forms = [...document.querySelectorAll("form[data-upload]")].map(start);
  if (forms.length === 1) {
    document.addEventListener("paste", (event) => {
      const pasted = [...(event.clipboardData ? event.clipboardData.files : [])];
      if (pasted.length) { event.preventDefault(); forms[0](pasted); }
    });
  }
})();
