// Prices: what a typed price means while it is typed, more rows for competitors, the chart of the history.
(() => {
  "use strict";
  const form = document.getElementById("propose");
  if (form) {
    const price = form.elements.price, channel = form.elements.channel;
    const cost = parseFloat(form.dataset.cost), band = parseFloat(form.dataset.band);
    const margin = document.querySelector("[data-margin]"), change = document.querySelector("[data-change]");
    const way = form.querySelector("[data-way]"), live = [...document.querySelectorAll("[data-live]")];
    const signed = (value) => `${value > 0 ? "+" : ""}${value.toFixed(1)} %`;
    const show = () => {
      const value = parseFloat(price.value);
      const known = live.filter((cell) => !channel.value || cell.dataset.live === channel.value).map((cell) => parseFloat(cell.dataset.amount)).filter((amount) => amount > 0);
      const good = value > 0, left = good && cost > 0 ? ((value - cost) / value) * 100 : null;
      const moves = good ? known.map((amount) => ((value - amount) / amount) * 100) : [];
      const furthest = moves.reduce((most, each) => (Math.abs(each) > Math.abs(most) ? each : most), 0);
      margin.textContent = left === null ? "—" : `${left.toFixed(1)} %`;
      change.textContent = moves.length ? signed(furthest) : "—";
      const unusual = good && ((cost > 0 && value < cost) || Math.abs(furthest) > band);
      way.hidden = !unusual;
    };
    price.addEventListener("input", show);
    channel.addEventListener("change", show);
    show();

    const box = form.querySelector("[data-rows]"), empty = form.querySelector("[data-empty]"), add = form.querySelector("[data-add]");
    const total = form.elements["c-TOTAL_FORMS"], most = parseInt(form.elements["c-MAX_NUM_FORMS"].value, 10);
    const count = () => parseInt(total.value, 10);
    add.hidden = count() >= most;
    add.addEventListener("click", () => {
      const fresh = empty.content.cloneNode(true), number = String(count());
      for (const element of fresh.querySelectorAll("[name], [for]")) {
        for (const attribute of ["name", "id", "for"]) {
          if (element.hasAttribute(attribute)) element.setAttribute(attribute, element.getAttribute(attribute).replace("__prefix__", number));
        }
      }
      box.append(fresh);
      total.value = String(count() + 1);
      add.hidden = count() >= most;
      box.lastElementChild.querySelector("input").focus();
      form.dispatchEvent(new CustomEvent("draft:changed"));
    });
  }

  const block = document.getElementById("price-data");
  if (block && typeof Chart !== "undefined") {
    const data = JSON.parse(block.textContent), style = getComputedStyle(document.documentElement);
    const token = (name) => style.getPropertyValue(name).trim();
    const colours = [token("--accent"), token("--near"), token("--kept"), token("--ink-3")];
    Chart.defaults.font.family = token("--font");
    Chart.defaults.color = token("--ink-2");
    Chart.defaults.animation = false;
    const labels = [...new Set([...data.series.flatMap((line) => line.points.map((point) => point.x)), data.now])].sort();
    const steps = (points) => {
      let value = null;
      const at = new Map(points.map((point) => [point.x, parseFloat(point.y)]));
      return labels.map((label) => { if (at.has(label)) value = at.get(label); return value; });
    };
    new Chart(document.getElementById("price-chart"), {
      type: "line",
      data: { labels, datasets: data.series.map((line, index) => ({ label: line.name, data: steps(line.points), stepped: true, borderColor: colours[index % 4], backgroundColor: colours[index % 4], pointRadius: 3, borderWidth: 2 })) },
      options: { maintainAspectRatio: false, plugins: { legend: { display: data.series.length > 1 } }, scales: { x: { grid: { display: false } }, y: { ticks: { callback: (value) => `¥${value}` } } } },
    });
  }
})();
