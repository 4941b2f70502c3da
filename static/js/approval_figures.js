// The chart of the figures of approvals: how long steps took, the late ones on top. Its table stands beside it.
(() => {
  "use strict";
  for (const select of document.querySelectorAll("select[data-submits]")) {
    select.addEventListener("change", () => select.form.requestSubmit());
    select.form.querySelector("button[type=submit]").hidden = true;
  }
  const block = document.getElementById("figures-data"), canvas = document.getElementById("chart-steps");
  if (!block || !canvas || typeof Chart === "undefined") return;
  const data = JSON.parse(block.textContent);
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  Chart.defaults.font.family = token("--font") || "sans-serif";
  Chart.defaults.color = token("--ink-2");
  Chart.defaults.animation = false;
  const series = (name, colour) => ({ label: data.names[name], data: data[name], backgroundColor: token(colour), borderRadius: 2 });
  new Chart(canvas, {
    type: "bar",
    data: { labels: data.labels, datasets: [series("kept", "--kept"), series("late", "--late")] },
    options: {
      maintainAspectRatio: false,
      plugins: { legend: { position: "bottom" } },
      scales: {
        x: { stacked: true, title: { display: true, text: data.names.axis }, grid: { display: false } },
        y: { stacked: true, beginAtZero: true, ticks: { precision: 0 } },
      },
    },
  });
})();
