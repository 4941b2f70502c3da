// Charts of the figures page. The numbers come from a JSON block; each chart stands beside its own table.
(() => {
  "use strict";
  const block = document.getElementById("figures-data");
  if (!block || typeof Chart === "undefined") return;
  const data = JSON.parse(block.textContent);
  const style = getComputedStyle(document.documentElement);
  const token = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const kept = token("--kept", "#17693f");
  const late = token("--late", "#b3222b");
  const accent = token("--accent", "#2750c4");
  Chart.defaults.font.family = token("--font", "sans-serif");
  Chart.defaults.color = token("--ink-2", "#434b5b");
  Chart.defaults.animation = false;

  const draw = (id, series, axis, colours) => {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    new Chart(canvas, {
      type: "bar",
      data: {
        labels: series.labels,
        datasets: [{ label: data.names.orders, data: series.values, backgroundColor: colours, borderRadius: 2 }],
      },
      options: {
        maintainAspectRatio: false,
        plugins: { legend: { display: false } },
        scales: {
          x: { title: { display: true, text: axis }, grid: { display: false } },
          y: { beginAtZero: true, ticks: { precision: 0 } },
        },
      },
    });
  };

  draw("chart-arrivals", data.arrivals, data.names.hour, accent);
  for (const name of ["accept", "contact"]) {
    const limit = data.limits[name];
    const colours = data[name].labels.map((_, index) => (limit !== null && index >= limit ? late : kept));
    draw(`chart-${name}`, data[name], data.names.minutes, colours);
  }
})();
