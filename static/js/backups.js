// Two charts of the drills: what would be lost at most, and how long it takes to be back. Their table stands below them.
(() => {
  "use strict";
  const block = document.getElementById("backups-data");
  if (!block || typeof Chart === "undefined") return;
  const data = JSON.parse(block.textContent);
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  Chart.defaults.font.family = token("--font") || "sans-serif";
  Chart.defaults.color = token("--ink-2");
  Chart.defaults.animation = false;
  const scales = (stacked) => ({
    x: { stacked, ticks: { maxTicksLimit: 8, maxRotation: 0 }, grid: { display: false } },
    y: { stacked, beginAtZero: true },
  });
  const legend = (mark) => ({ position: "bottom", labels: { usePointStyle: true, pointStyle: mark, pointStyleWidth: mark === "line" ? 26 : 14, boxHeight: 8 } });
  const draw = (id, type, datasets, stacked) => {
    const canvas = document.getElementById(id);
    if (canvas) new Chart(canvas, { type, data: { labels: data.labels, datasets }, options: { maintainAspectRatio: false, plugins: { legend: legend(type === "line" ? "line" : "rect") }, scales: scales(stacked) } });
  };
  const line = (label, values, colour, dash) => ({
    label, data: values, borderColor: token(colour), backgroundColor: token(colour), borderWidth: 1.5, pointRadius: 2, borderDash: dash || [], spanGaps: true,
  });
  draw("chart-point", "line", [
    line(data.names.point, data.points, "--accent"),
    { ...line(data.names.limit, data.labels.map(() => data.limit), "--late", [6, 4]), pointRadius: 0 },
  ], false);
  const bar = (label, values, colour) => ({ label, data: values, backgroundColor: token(colour), borderRadius: 2 });
  draw("chart-time", "bar", [
    bar(data.names.restore, data.restore, "--accent"),
    bar(data.names.verify, data.verify, "--line-strong"),
  ], true);
})();
