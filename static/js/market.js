// The chart of one SKU's market: our price as steps, what competitors asked as points joined by lines.
(() => {
  "use strict";
  const block = document.getElementById("market-data");
  const canvas = document.getElementById("chart-market");
  if (!block || !canvas || typeof Chart === "undefined") return;
  const data = JSON.parse(block.textContent);
  const style = getComputedStyle(document.documentElement);
  const token = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
  const colours = [token("--accent", "#2750c4"), "#8a6d1f", "#5b7f8c", "#8c5b86", "#5f8c5b", "#8c665b", "#666e7f"];
  Chart.defaults.font.family = token("--font", "sans-serif");
  Chart.defaults.color = token("--ink-2", "#434b5b");
  Chart.defaults.animation = false;
  new Chart(canvas, {
    type: "line",
    data: {
      labels: data.labels,
      datasets: data.series.map((series, index) => ({
        label: series.name,
        data: series.values,
        borderColor: colours[index % colours.length],
        backgroundColor: colours[index % colours.length],
        borderWidth: index === 0 ? 3 : 1.5,
        borderDash: index === 0 ? [] : [5, 3],
        pointRadius: index === 0 ? 0 : 3,
        stepped: index === 0,
        spanGaps: true,
      })),
    },
    options: { maintainAspectRatio: false, plugins: { legend: { position: "bottom" } }, scales: { x: { grid: { display: false } } } },
  });
})();
