// Charts of the pages about sites. The numbers come from a JSON block; each chart stands beside its own table.
(() => {
  "use strict";
  if (typeof Chart === "undefined") return;
  const style = getComputedStyle(document.documentElement);
  const token = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  Chart.defaults.font.family = token("--font", "sans-serif");
  Chart.defaults.color = token("--ink-2", "#434b5b");
  Chart.defaults.animation = false;
  const read = (id) => {
    const block = document.getElementById(id);
    return block ? JSON.parse(block.textContent) : null;
  };

  const latency = read("latency-data");
  const canvas = document.getElementById("chart-latency");
  if (latency && canvas) {
    const line = (label, data, colour, dash) => ({
      label, data, borderColor: colour, backgroundColor: colour, borderWidth: 1.5, pointRadius: 0, borderDash: dash || [], spanGaps: false,
    });
    new Chart(canvas, {
      type: "line",
      data: {
        labels: latency.labels,
        datasets: [
          line(latency.names.median, latency.median, token("--accent", "#2750c4")),
          line(latency.names.longest, latency.longest, token("--ink-3", "#6b7280"), [2, 3]),
          line(latency.names.limit, latency.labels.map(() => latency.limit), token("--late", "#b3222b"), [6, 4]),
        ],
      },
      options: {
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        plugins: { legend: { position: "bottom", labels: { boxWidth: 18, boxHeight: 1 } } },
        scales: { x: { ticks: { maxTicksLimit: 8, maxRotation: 0 }, grid: { display: false } }, y: { beginAtZero: true } },
      },
    });
  }

  const ages = read("ages-data");
  const bars = document.getElementById("chart-ages");
  if (ages && bars) {
    const kept = token("--kept", "#17693f");
    const late = token("--late", "#b3222b");
    new Chart(bars, {
      type: "bar",
      data: {
        labels: ages.labels,
        datasets: [
          { label: ages.names.age, data: ages.ages, backgroundColor: ages.late.map((is) => (is ? late : kept)), borderRadius: 2 },
          { label: ages.names.target, data: ages.targets, backgroundColor: token("--line-strong", "#c9ced8"), borderRadius: 2 },
        ],
      },
      options: {
        indexAxis: "y",
        maintainAspectRatio: false,
        plugins: { legend: { display: false } },
        scales: { x: { beginAtZero: true, title: { display: true, text: ages.names.days } }, y: { grid: { display: false } } },
      },
    });
  }
})();
