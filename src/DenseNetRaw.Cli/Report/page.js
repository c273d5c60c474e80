"use strict";
// Values under the pointer, read from the table below the chart. The page says everything without it.
for (const plot of document.querySelectorAll(".plot")) {
  const figure = plot.closest("figure");
  const heads = [...figure.querySelectorAll("thead th")].map(cell => cell.textContent);
  const rows = [...figure.querySelectorAll("tbody tr")].map(row => [...row.children].map(cell => cell.textContent));
  if (rows.length === 0) continue;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  plot.append(tip);
  for (const svg of plot.querySelectorAll("svg")) {
    const at = svg.dataset;
    const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
    line.setAttribute("class", "cursor");
    line.setAttribute("y1", at.top);
    line.setAttribute("y2", at.bottom);
    line.setAttribute("visibility", "hidden");
    svg.append(line);
    svg.addEventListener("pointermove", event => {
      const box = svg.getBoundingClientRect(), pixel = svg.viewBox.baseVal.width / box.width;
      const share = ((event.clientX - box.left) * pixel - at.left) / (at.right - at.left);
      const value = Number(at.min) + share * (at.max - at.min);
      // A row whose value holds for an epoch stands in its middle, others at its end.
      const far = row => Math.abs(row[0] - at.back - value);
      const row = rows.reduce((best, row) => far(row) < far(best) ? row : best);
      const x = Number(at.left) + (row[0] - at.back - at.min) / (at.max - at.min) * (at.right - at.left);
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("visibility", "visible");
      tip.textContent = row.map((cell, i) => `${heads[i]} ${cell}`).join("\n");
      tip.hidden = false;
      const left = Math.min(x / pixel + 12, plot.clientWidth - tip.offsetWidth);
      tip.style.left = `${Math.max(0, left)}px`;
      tip.style.top = `${at.top / pixel + 4}px`;
    });
    svg.addEventListener("pointerleave", () => {
      tip.hidden = true;
      line.setAttribute("visibility", "hidden");
    });
  }
}
// The weight under the pointer of a heat map, likewise.
for (const map of document.querySelectorAll(".heat")) {
  const svg = map.querySelector("svg"), at = svg.dataset;
  const cells = [...map.querySelectorAll("tr")].map(row => [...row.children].map(cell => cell.textContent));
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  map.append(tip);
  svg.addEventListener("pointermove", event => {
    const box = svg.getBoundingClientRect(), outer = map.getBoundingClientRect();
    const pixel = svg.viewBox.baseVal.width / box.width;
    const column = Math.floor(((event.clientX - box.left) * pixel - at.left) / at.cell);
    const row = Math.floor(((event.clientY - box.top) * pixel - at.top) / at.cell);
    const value = row < 0 || column < 0 ? "" : cells[row + 1]?.[column + 1];
    tip.hidden = !value;
    if (!value) return;
    tip.textContent = `${cells[0][column + 1]} reads ${cells[row + 1][0]}\n${value}`;
    tip.style.left = `${Math.max(0, Math.min(event.clientX - outer.left + 12, map.clientWidth - tip.offsetWidth))}px`;
    tip.style.top = `${event.clientY - outer.top + 14}px`;
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
}
