"use strict";
const storages = JSON.parse(document.getElementById("storages").textContent);
const detail = document.getElementById("detail");
const hint = detail.textContent;
const byStorage = new Map();
for (const element of document.querySelectorAll("[data-s]")) {
  const list = byStorage.get(element.dataset.s) || [];
  list.push(element);
  byStorage.set(element.dataset.s, list);
}
let pinned = null, shown = null;
function show(number) {
  if (number === shown) return;
  for (const element of byStorage.get(shown) || []) element.classList.remove("on");
  for (const element of byStorage.get(number) || []) element.classList.add("on");
  shown = number;
  detail.textContent = number === null ? hint : storages[number];
}
function numberAt(event) {
  const element = event.target.closest("[data-s]");
  return element ? element.dataset.s : null;
}
document.addEventListener("pointerover", event => { const at = numberAt(event); show(at === null ? pinned : at); });
document.addEventListener("click", event => { pinned = numberAt(event); show(pinned); });
document.addEventListener("keydown", event => { if (event.key === "Escape") { pinned = null; show(null); } });
